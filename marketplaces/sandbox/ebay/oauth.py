"""eBay's tokens: a refresh token that does not rotate, and access tokens that expire.

Sources: developer.ebay.com/api-docs/static/oauth-refresh-token-request.html,
oauth-auth-code-grant-request.html, oauth-client-credentials-grant.html and the common errors. The text of `invalid_grant` is the one that
developers quote.
"""

import base64
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qs

from marketplaces.sandbox.ebay import consent, sellers
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.kinds import TOKENS
from marketplaces.sandbox.ebay.scopes import ROOT
from marketplaces.sandbox.messages import Answer, Call, Handler, RefusedError
from marketplaces.sandbox.state import State

Json = dict[str, Any]

REFRESH_TOKEN_SECONDS = 47_304_000


def issue_token(state: State, call: Call) -> Answer:
    """POST /identity/v1/oauth2/token with a code from the consent page, or a refresh token."""
    if _basic_credentials(call) != sellers.application(state):
        raise _oauth_error(401, "invalid_client", "client authentication failed")
    form = {
        name: values[0] for name, values in parse_qs(call.body.decode(errors="replace")).items()
    }
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
        "client_credentials": _for_the_application,
    }
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        raise _oauth_error(400, "unsupported_grant_type", "grant type in request is not supported")
    return grant(state, call, form)


def _by_code(state: State, call: Call, form: Json) -> Answer:
    record = consent.use_up(state, form.get("code", ""))
    if record is None or form.get("redirect_uri") != record["redirect_uri"]:
        reason = "the provided authorization grant code is invalid or was issued to another client"
        raise _oauth_error(400, "invalid_grant", reason)
    call.seller = record["username"]
    refresh_token = sellers.grant(state, call.seller, record["scopes"])
    answer = _new_token(state, call.seller, record["scopes"])
    more = {
        "refresh_token": refresh_token,
        "refresh_token_expires_in": REFRESH_TOKEN_SECONDS,
    }
    return Answer(status=200, body={**answer.body, **more})


def _by_refresh_token(state: State, call: Call, form: Json) -> Answer:
    seller = sellers.by_refresh_token(state, form.get("refresh_token", ""))
    if seller is None:
        reason = (
            "the provided authorization refresh token is invalid or was issued to another client"
        )
        raise _oauth_error(400, "invalid_grant", reason)
    call.seller = seller
    granted = sellers.scopes(state, seller)
    scopes = form["scope"].split() if "scope" in form else granted
    if not set(scopes) <= set(granted):
        raise _oauth_error(
            400, "invalid_scope", "The requested scope is invalid or exceeds the grant"
        )
    return _new_token(state, seller, scopes)


def _for_the_application(state: State, _call: Call, form: Json) -> Answer:
    """A token of no seller, for what everybody may read."""
    if form.get("scope", "").split() != [ROOT]:
        raise _oauth_error(
            400, "invalid_scope", "The requested scope is invalid or exceeds the grant"
        )
    answer = _new_token(state, "", [ROOT])
    return Answer(status=200, body=answer.body | {"token_type": "Application Access Token"})


def authorised(scope: str) -> Callable[[Handler], Handler]:
    """Let only calls through that carry a live access token with this scope."""

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(state: State, call: Call) -> Answer:
            call.seller = _bearer(state, call, scope)
            return handler(state, call)

        return guarded

    return wrap


def expire(state: State, seller: str) -> None:
    """End all access tokens of a seller."""
    for owner, token in state.documents.everywhere(TOKENS):
        if owner == seller:
            state.documents.remove(TOKENS, seller, token["token"])


def owner(state: State, call: Call) -> str:
    """Whose access token the call carries; empty when it is nobody's."""
    token = call.headers.get("Authorization", "").partition(" ")[2]
    found = state.documents.everywhere(TOKENS, parent=token) if token else []
    return next((seller for seller, _ in found), "")


def _new_token(state: State, seller: str, scopes: list[str]) -> Answer:
    lifetime = state.settings.access_token_lifetime
    token = f"v^1.1#i^1#sandbox#{secrets.token_urlsafe(32)}"
    record = {"token": token, "scopes": scopes, "expires_at": state.now() + lifetime}
    state.documents.put(TOKENS, seller, token, record, parent=token)
    body = {
        "access_token": token,
        "expires_in": int(lifetime),
        "token_type": "User Access Token",
    }
    return Answer(status=200, body=body)


def _bearer(state: State, call: Call, scope: str) -> str:
    header = call.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if not header:
        raise refusal(400, 1002)
    if scheme.lower() != "bearer":
        raise refusal(400, 1003, scheme=scheme)
    found = state.documents.everywhere(TOKENS, parent=token)
    if not found or found[0][1]["expires_at"] <= state.now():
        raise refusal(401, 1001)
    seller, record = found[0]
    enough = {scope, f"{scope}.readonly"} if call.method == "GET" else {scope}
    if not enough & set(record["scopes"]):
        raise refusal(403, 1100)
    return seller


def _basic_credentials(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (client_id, secret) if scheme.lower() == "basic" else ("", "")


def _oauth_error(status: int, code: str, description: str) -> RefusedError:
    body = {"error": code, "error_description": description}
    return RefusedError(Answer(status=status, body=body))
