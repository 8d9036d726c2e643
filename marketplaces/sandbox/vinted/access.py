"""Who may call the API: a person's browser, signed in, with the page's own tokens on its writes."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from marketplaces.sandbox.messages import Answer, Call, Handler
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import challenge, errors, pace, sessions

Json = dict[str, Any]


def api(handler: Handler) -> Handler:
    """A route for members who are signed in; `call.seller` is their name."""
    return _guarded(handler, lambda _call: errors.answer(401))


def open_api(handler: Handler) -> Handler:
    """A route that answers visitors, too; their `call.seller` is empty."""
    return _guarded(handler, lambda _call: None)


def _guarded(handler: Handler, turn_away: Callable[[Call], Answer | None]) -> Handler:
    @wraps(handler)
    def serve(state: State, call: Call) -> Answer:
        if challenge.stands(state):
            return errors.challenge()
        session = sessions.of(state, call)
        if session is None:
            return turn_away(call) or handler(state, call)
        call.seller = session["username"]
        pace.watch(state, call)
        mistake = _mistake(call, session)
        if mistake:
            call.violations.append(f"{call.route} without the right {mistake}")
            return errors.answer(403)
        return handler(state, call)

    return serve


def _mistake(call: Call, session: Json) -> str:
    """The header that a write lacks or has wrong; empty = none."""
    if call.method == "GET":
        return ""
    expected = {
        "X-CSRF-Token": session["csrf_token"],
        "X-Anon-Id": sessions.cookie(call, sessions.ANON_ID),
    }
    for name, value in expected.items():
        given = call.headers.get(name, "")
        if not value or not given.isascii() or not hmac.compare_digest(given, value):
            return name
    return ""
