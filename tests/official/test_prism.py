"""A mock server that others wrote reads the same documents, and takes all that we send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlsplit

import pytest

from marketplaces import http
from tasks.errors import StoFlowError, TransientError
from tests.marketplaces.ebay import every_call as ebay
from tests.marketplaces.etsy import every_call as etsy
from tests.official import prism
from tests.official.documents import Api, api_of, requires_documents
from tests.official.wire import CLIENTS, EVERY_CALL, sent_by

pytestmark = [requires_documents, pytest.mark.slow]

ENDLESS = {("ebay", "find_offers")}
"""Reads all pages; Prism keeps no state and always names a next one."""


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

    def send_and_note(request: http.Request) -> http.Response:
        came.append(send(request))
        return came[-1]

    monkeypatch.setattr(http, "send", send_and_note)
    return came


@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_prism_accepts_what_we_send(
    served: dict[Api, str], responses: list[http.Response], marketplace: str, call: str
) -> None:
    client = CLIENTS[marketplace]
    is_endless = (marketplace, call) in ENDLESS
    with pytest.raises(TransientError) if is_endless else nullcontext():
        client.calls[call](client.at(served.__getitem__))
    assert responses
    for response in responses:
        assert response.is_success
        assert _violations(response) == []


A_WRONG_OFFER = ebay.SENT["offer"] | {"availableQuantity": "x"}
A_WRONG_DRAFT = etsy.DRAFT | {"who_made": "robot"}


@pytest.mark.parametrize(
    ("marketplace", "field", "wrong"),
    [
        ("ebay", "availableQuantity", lambda e: e.client.create_offer(A_WRONG_OFFER)),
        ("etsy", "who_made", lambda e: e.client.create_draft(A_WRONG_DRAFT)),
    ],
)
def test_prism_does_refuse(
    served: dict[Api, str],
    responses: list[http.Response],
    marketplace: str,
    field: str,
    wrong: Callable[[Any], object],
) -> None:
    """A server that accepts everything would prove nothing."""
    with pytest.raises(StoFlowError):
        wrong(CLIENTS[marketplace].at(served.__getitem__))
    (violation,) = _violations(responses[-1])
    assert violation["location"][-1] == field


def _violations(response: http.Response) -> list[dict[str, Any]]:
    """What Prism says is wrong with the request."""
    found: list[dict[str, Any]] = json.loads(response.headers.get("sl-violations", "[]"))
    return found
