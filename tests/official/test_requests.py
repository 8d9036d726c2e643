"""Every request that our clients can send is as the vendors' documents have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import marketplaces
from tests.official.documents import requires_documents
from tests.official.judge import check_request
from tests.official.wire import CLIENTS, EVERY_CALL, sent_by

SOURCES = Path(marketplaces.__file__).parent
A_CALL = re.compile(r"\bcalls\.(get|post|put|patch|delete|send_\w+)\(")


@requires_documents
@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_a_request_is_as_the_document_has_it(marketplace: str, call: str) -> None:
    check_request(sent_by(marketplace, call))


@pytest.mark.parametrize("marketplace", CLIENTS)
def test_no_call_escapes_the_list(marketplace: str) -> None:
    client = CLIENTS[marketplace]
    callers = [each for of_module in client.callers.values() for each in of_module]
    listed = {name.partition(":")[0] for name in client.calls}
    assert listed == {name for each in callers for name in _names(each)}


@pytest.mark.parametrize("marketplace", CLIENTS)
def test_no_module_that_makes_calls_escapes_the_list(marketplace: str) -> None:
    modules = (SOURCES / marketplace).rglob("*.py")
    making_calls = {each.name for each in modules if A_CALL.search(each.read_text())}
    assert making_calls == CLIENTS[marketplace].callers.keys()


def _names(caller: type | Callable[..., object]) -> Iterator[str]:
    """A function's own name, a class's public methods."""
    if not isinstance(caller, type):
        yield caller.__name__
        return
    for name, member in vars(caller).items():
        if callable(member) and not name.startswith("_"):
            yield name
