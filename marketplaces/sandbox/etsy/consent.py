"""The consent page, `GET /oauth/connect`, and the codes that it hands out.

The page's own form posts to the same address. Etsy's page on authentication asks for all of the
parameters; "not permitted" is its text for a redirect address that isn't registered (open-api#331).
"""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marketplaces.sandbox.consent_page import ConsentPage, back_to, decision, refusal_page
from marketplaces.sandbox.etsy import sellers
from marketplaces.sandbox.etsy.enums import SCOPES
from marketplaces.sandbox.etsy.kinds import CODES
from marketplaces.sandbox.etsy.settings import settings_of
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

VENDOR = "Etsy"
APPLICATION = "StoFlow"
CHALLENGE_LENGTHS = range(43, 129)
"""RFC 7636, of S256's base64 without padding: always 43, but longer ones are well-formed."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def ask(state: State, call: Call) -> Answer:
    """Show the page, or say what is wrong with the request."""
    refused = _refused(state, call.query)
    if refused is not None:
        return refused
    page = ConsentPage(
        vendor=VENDOR,
        colour="#c1440e",
        application=APPLICATION,
        scopes=call.query["scope"].split(),
        sellers=sellers.everybody(state),
        request=call.query,
    )
    return page.answer()


def decide(state: State, call: Call) -> Answer:
    """The form came back: to the application with a code, or with `access_denied`."""
    given = decision(call.body)
    refused = _refused(state, given.request)
    if refused is not None:
        return refused
    if not given.allowed:
        return _back(given.request, error="access_denied")
    if not given.seller:
        return refusal_page(VENDOR, "Choose the seller to sign in as.")
    sellers.create(state, {"username": given.seller})
    call.seller = given.seller
    code = _new_code(state, given.seller, given.request)
    return _back(given.request, code=code)


def use_up(state: State, code: str) -> Json | None:
    """Take a code out of the world; None = it is no use."""
    for _, record in state.documents.everywhere(CODES, parent=code):
        state.documents.remove(CODES, record["username"], code)
        if record["expires_at"] > state.now():
            return record
    return None


def _refused(state: State, request: Mapping[str, str]) -> Answer | None:
    """An error page while the redirect address can't be trusted, from then on a redirect to it."""
    app = sellers.application(state)
    if request.get("client_id") != app["keystring"]:
        return refusal_page(VENDOR, "The application that sent you here could not be found.")
    if not _permitted(request.get("redirect_uri", ""), app["callbacks"]):
        return refusal_page(VENDOR, "The requested redirect URL is not permitted.")
    mistake = _mistake(request)
    return None if mistake is None else _back(request, **mistake)


def _mistake(request: Mapping[str, str]) -> dict[str, str] | None:
    """OAuth's `error`, and a description where the word alone doesn't tell."""
    if request.get("response_type") != "code":
        return {"error": "unsupported_response_type"}
    wanted = request.get("scope", "").split()
    if not wanted or not set(wanted) <= set(SCOPES):
        return {"error": "invalid_scope"}
    if not request.get("state"):
        return {"error": "invalid_request", "error_description": "state is required"}
    if not _challenges(request):
        reason = "code_challenge with code_challenge_method=S256 is required"
        return {"error": "invalid_request", "error_description": reason}
    return None


def _permitted(address: str, registered: list[str]) -> bool:
    """Registered, letter for letter; while none is, anything that Etsy would let one register."""
    if registered:
        return address in registered
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _challenges(request: Mapping[str, str]) -> bool:
    lengthy = len(request.get("code_challenge", "")) in CHALLENGE_LENGTHS
    return lengthy and request.get("code_challenge_method") == "S256"


def _back(request: Mapping[str, str], **parameters: str) -> Answer:
    return back_to(
        request["redirect_uri"], [*parameters.items(), ("state", request.get("state", ""))]
    )


def _new_code(state: State, username: str, request: Mapping[str, str]) -> str:
    code = secrets.token_urlsafe(48)
    record = {
        "username": username,
        "scopes": request["scope"].split(),
        "redirect_uri": request["redirect_uri"],
        "code_challenge": request["code_challenge"],
        "expires_at": state.now() + settings_of(state).code_lifetime,
    }
    state.documents.put(CODES, username, code, record, parent=code)
    return code
