"""The protection that wants to see a person: scripts get 403, pages a captcha that a person clicks."""

from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted.kinds import CHALLENGE


def stands(state: State) -> bool:
    return state.documents.get(CHALLENGE, "", "") is not None


def lift(state: State) -> None:
    state.documents.remove(CHALLENGE, "", "")


def turn(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{on}`: the control port's switch."""
    if order.get("on", True):
        state.documents.put(CHALLENGE, "", "", {"since": state.now()})
    else:
        lift(state)
    return {"on": stands(state)}
