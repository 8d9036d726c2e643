"""The consent page, `GET /oauth2/authorize` of auth.ebay.com, and the codes that it hands out.

Source: developer.ebay.com/api-docs/static/oauth-consent-request.html. `redirect_uri` is a RuName, for
which the application's owner has registered an address; a seller who declines is sent there too,
since the sandbox has one address for both.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.consent_page import ConsentPage, back_to, decision, refusal_page
from marketplaces.sandbox.ebay import sellers
from marketplaces.sandbox.ebay.kinds import CODES
from marketplaces.sandbox.ebay.scopes import SCOPES
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

VENDOR = "eBay"
APPLICATION = "StoFlow"
CODE_SECONDS = 299
"""eBay's `expires_in` of a code."""


def ask(state: State, call: Call) -> Answer:
    """Show the page, or say what is wrong with the request."""
    refused = _refused(state, call.query)
    if refused is not None:
        return refused
    page = ConsentPage(
        vendor=VENDOR,
        colour="#3665f3",
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
        return _back(state, given.request, error="access_denied")
    if not given.seller:
        return refusal_page(VENDOR, "Choose the seller to sign in as.")
    sellers.create(state, {"username": given.seller})
    call.seller = given.seller
    code = _new_code(state, given.seller, given.request)
    return _back(state, given.request, code=code, expires_in=str(CODE_SECONDS))


def use_up(state: State, code: str) -> Json | None:
    """Take a code out of the world; None = it is no use."""
    for _, record in state.documents.everywhere(CODES, parent=code):
        state.documents.remove(CODES, record["username"], code)
        if record["expires_at"] > state.now():
            return record
    return None


def _refused(state: State, request: Mapping[str, str]) -> Answer | None:
    """An error page while the way back can't be trusted, from then on a redirect to it."""
    client_id, _ = sellers.application(state)
    if request.get("client_id") != client_id:
        return refusal_page(VENDOR, "unauthorized_client: the application is not known.")
    if request.get("redirect_uri", "") not in sellers.redirects(state):
        return refusal_page(VENDOR, "invalid_request: the RuName is not the application's.")
    if request.get("response_type") != "code":
        return _back(state, request, error="unsupported_response_type")
    wanted = request.get("scope", "").split()
    if not wanted or not set(wanted) <= set(SCOPES):
        return _back(state, request, error="invalid_scope")
    return None


def _back(state: State, request: Mapping[str, str], **parameters: str) -> Answer:
    address = sellers.redirects(state)[request["redirect_uri"]]
    said = {"state": request["state"]} if "state" in request else {}
    return back_to(address, (parameters | said).items())


def _new_code(state: State, username: str, request: Mapping[str, str]) -> str:
    code = f"v^1.1#i^1#code#sandbox#{secrets.token_urlsafe(32)}"
    record = {
        "username": username,
        "scopes": request["scope"].split(),
        "redirect_uri": request["redirect_uri"],
        "expires_at": state.now() + CODE_SECONDS,
    }
    state.documents.put(CODES, username, code, record, parent=code)
    return code
