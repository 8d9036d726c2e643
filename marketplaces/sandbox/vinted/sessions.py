"""Sessions of signed-in members: a cookie that no script can read, and a token for its writes."""

import secrets
import uuid
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted.kinds import SESSIONS
from marketplaces.sandbox.vinted.settings import settings_of

Json = dict[str, Any]

SESSION = "_vinted_fr_session"
ANON_ID = "anon_id"
YEAR = 365 * 86_400


def begin(state: State, username: str) -> str:
    """Sign them in; the `Set-Cookie` of it."""
    token, lifetime = secrets.token_urlsafe(32), settings_of(state).session_lifetime
    session = {
        "token": token,
        "username": username,
        "csrf_token": str(uuid.uuid4()),
        "expires_at": state.now() + lifetime,
    }
    state.documents.put(SESSIONS, username, token, session)
    return f"{SESSION}={token}; Path=/; Max-Age={int(lifetime)}; HttpOnly; SameSite=Lax"


def of(state: State, call: Call) -> Json | None:
    """The session that the caller's cookie stands for; None = they are not signed in."""
    token = cookie(call, SESSION)
    found = state.documents.everywhere(SESSIONS, key=token) if token else []
    if not found or found[0][1]["expires_at"] <= state.now():
        return None
    return found[0][1]


def end(state: State, call: Call) -> str:
    """Sign the caller out; the `Set-Cookie` of it."""
    session = of(state, call)
    if session is not None:
        state.documents.remove(SESSIONS, session["username"], session["token"])
    return f"{SESSION}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


def end_all(state: State, username: str = "") -> int:
    """Sign somebody out everywhere, or everybody; how many sessions ended."""
    found = [each for _, each in state.documents.everywhere(SESSIONS)]
    ended = [each for each in found if username in {"", each["username"]}]
    for each in ended:
        state.documents.remove(SESSIONS, each["username"], each["token"])
    return len(ended)


def sign_out(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username}`: somebody or, without a name, everybody."""
    return {"ended": end_all(state, str(order.get("username", "")))}


def new_anon_id() -> str:
    """The `Set-Cookie` of a browser that is here for the first time. Scripts may read this one."""
    return f"{ANON_ID}={uuid.uuid4()}; Path=/; Max-Age={YEAR}; SameSite=Lax"


def cookie(call: Call, name: str) -> str:
    """Its value; empty if the caller sent none."""
    try:
        found = SimpleCookie(call.headers.get("Cookie", ""))
    except CookieError:
        return ""
    return found[name].value if name in found else ""
