"""One command at a time, and not too quick: what a client of ours promises, and is watched for."""

from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import sessions
from marketplaces.sandbox.vinted.settings import settings_of

API = "/api/v2/"
WHO_AM_I = "GET /api/v2/users/current"
"""Never counted: a page asks it whenever it likes."""


def watch(state: State, call: Call) -> None:
    """Note what breaks the promise; it is answered nevertheless."""
    if call.route == WHO_AM_I:
        return
    for other in call.others:
        if _is_command(state, other, call.seller):
            call.violations.append(
                f"commands_at_once: {call.route} of {call.seller} while {other.route} was under way"
            )
    least = settings_of(state).least_seconds_between_calls
    since = _seconds_since_last(state, call.seller) if least else None
    if since is not None and since < least:
        call.violations.append(f"commands_at_once: {call.route} {since:.2f} s after the one before")


def _is_command(state: State, other: Call, seller: str) -> bool:
    if other.route == WHO_AM_I or API not in other.route:
        return False
    session = sessions.of(state, other)
    return session is not None and session["username"] == seller


def _seconds_since_last(state: State, seller: str) -> float | None:
    """The call at hand has no seller in the log yet, so the latest is the one before it."""
    rows = state.store.rows(
        "SELECT MAX(time) AS latest FROM requests WHERE seller = ? AND template LIKE ?"
        " AND method || ' ' || template <> ?",
        (seller, f"{API}%", WHO_AM_I),
    )
    return None if rows[0]["latest"] is None else state.now() - rows[0]["latest"]
