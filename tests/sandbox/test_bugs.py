"""A bug of the sandbox itself: it has to be loud, and to leave nothing half done."""

import logging
from pathlib import Path

import pytest

from marketplaces.sandbox.ebay.marketplace import EbayMarketplace
from marketplaces.sandbox.edge import Edge
from marketplaces.sandbox.faults import Faults
from marketplaces.sandbox.holds import Holds
from marketplaces.sandbox.messages import Answer, Call, Route
from marketplaces.sandbox.request_log import RequestLog
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State
from marketplaces.sandbox.store import Store


def breaks(state: State, _call: Call) -> Answer:
    state.documents.put("thing", "anna", "1", {"half": "done"})
    raise LookupError("a mistake of ours")


def test_a_bug_answers_500_is_logged_and_is_a_violation(
    state_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(state_path)
    state = State(store, Settings())
    log = RequestLog(store)
    edge = Edge(state, EbayMarketplace(), log=log, faults=Faults(), holds=Holds())
    call = Call(route="GET /x", method="GET", path="/x", origin="")
    number = log.arrived(method="GET", template="/x", path="/x", query={})

    with caplog.at_level(logging.ERROR, "sandbox"):
        answer = edge._perform(Route("GET", "/x", breaks), call, number)

    assert answer.status == 500
    assert "a mistake of ours" in caplog.text
    assert "a mistake of ours" in state.effects.violations()[0]
    assert state.documents.get("thing", "anna", "1") is None
    store.close()
