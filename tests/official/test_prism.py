"""A mock server that others wrote reads the same documents, and takes all that we send."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from marketplaces import http
from tasks.errors import OutcomeUnknownError, TransientError
from tests.official import prism
from tests.official.documents import Api, api_of, requires_documents
from tests.official.exchanges import Sent
from tests.official.mutations import excused, mutants
from tests.official.wire import CLIENTS, EVERY_CALL, sent_by

pytestmark = [requires_documents, pytest.mark.slow]

NONSENSE = {
    ("ebay", "find_offers"): TransientError,  # there is always a next page
    ("ebay", "find_offers_anywhere"): TransientError,
    ("etsy", "categories"): TransientError,  # somewhere down the tree a node has no id
    ("ebay", "set_price_and_quantity"): OutcomeUnknownError,  # a part's status is -2147483648
    ("ebay", "set_quantity"): OutcomeUnknownError,  # the same
}
"""What some calls rightly make of answers that Prism has made up by the types alone."""
TAKEN_FOR_NOTHING = {
    ("etsy", "put_inventory"): {"body: null"},
    ("etsy", "put_inventory: fewer pieces"): {"body: null"},
}
"""What Prism takes for no body at all, which Etsy's document allows."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Api, str]]:
    """Where each document that our calls need is served."""
    needed = {api_of(urlsplit(sent_by(*call).target).path) for call in EVERY_CALL}
    folder = tmp_path_factory.mktemp("prism")
    with prism.serving(sorted(needed, key=lambda api: api.name), folder) as addresses:
        yield addresses


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> list[http.Response]:
    """What came back through the door, headers included, which the clients keep to themselves."""
    came: list[http.Response] = []
    send = http.send

    def send_and_note(
        request: http.Request, before: Callable[[], None] | None = None
    ) -> http.Response:
        came.append(send(request, before))
        return came[-1]

    monkeypatch.setattr(http, "send", send_and_note)
    return came


@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_prism_accepts_what_we_send(
    served: dict[Api, str], responses: list[http.Response], marketplace: str, call: str
) -> None:
    client = CLIENTS[marketplace]
    error = NONSENSE.get((marketplace, call))
    with pytest.raises(error) if error else nullcontext():
        client.calls[call](client.at(served.__getitem__))
    assert responses
    for response in responses:
        assert response.is_success
        assert _violations(response) == []


@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_prism_refuses_our_mistakes(served: dict[Api, str], marketplace: str, call: str) -> None:
    """But those of names that are in no document, which only our own judge is strict about."""
    passed = {
        mutant.mistake
        for mutant in mutants(sent_by(marketplace, call))
        if not mutant.mistake.endswith("unknown") and _status(mutant.sent, served) < 400
    }
    assert passed == excused(marketplace, call) | TAKEN_FOR_NOTHING.get((marketplace, call), set())


def test_a_port_that_somebody_else_takes_meanwhile_is_given_up(tmp_path: Path) -> None:
    api = api_of(urlsplit(sent_by("etsy", "shop").target).path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        with prism.serving([api], tmp_path, first_ports=[taken]) as addresses:
            assert urlsplit(addresses[api]).port != taken


def _violations(response: http.Response) -> list[object]:
    """What Prism says is wrong with the request."""
    found: list[object] = json.loads(response.headers.get("sl-violations", "[]"))
    return found


def _status(sent: Sent, served: dict[Api, str]) -> int:
    """That Prism answers with."""
    api = api_of(urlsplit(sent.target).path)
    connection = HTTPConnection(urlsplit(served[api]).netloc, timeout=20)
    headers = {k: v for k, v in sent.headers.items() if k.lower() not in {"host", "content-length"}}
    try:
        target = sent.target.removeprefix(api.base)
        connection.request(sent.method, target, sent.content or None, headers)
        return connection.getresponse().status
    finally:
        connection.close()
