"""Etsy's tokens: both begin with the user's id, and a refresh token is used up by its use."""

import secrets
from typing import Any

from marketplaces.sandbox.etsy.kinds import ACCESS_TOKENS, REFRESH_TOKENS, SELLERS
from marketplaces.sandbox.etsy.settings import settings_of
from marketplaces.sandbox.messages import Answer
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def grant(state: State, username: str, scopes: list[str]) -> str:
    """A refresh token of a consent that was given; the token."""
    token = _new(state, username)
    expires_at = state.now() + settings_of(state).refresh_token_lifetime
    record = {"token": token, "scopes": scopes, "expires_at": expires_at, "at": state.now()}
    state.documents.put(REFRESH_TOKENS, username, token, record, parent=token)
    return token


def issue(state: State, username: str, scopes: list[str]) -> Answer:
    """A fresh pair, in the words of the token endpoint."""
    lifetime = state.settings.access_token_lifetime
    token = _new(state, username)
    record = {"token": token, "scopes": scopes, "expires_at": state.now() + lifetime}
    state.documents.put(ACCESS_TOKENS, username, token, record, parent=token)
    body = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(lifetime),
        "refresh_token": grant(state, username, scopes),
    }
    return Answer(status=200, body=body, effect=True)


def use_up(state: State, refresh_token: str) -> tuple[str, list[str]] | None:
    """Take a refresh token out of the world: whose it was, and its scopes; None = it is no use."""
    for username, record in state.documents.everywhere(REFRESH_TOKENS, parent=refresh_token):
        state.documents.remove(REFRESH_TOKENS, username, refresh_token)
        if record["expires_at"] > state.now():
            return username, record["scopes"]
    return None


def holder(state: State, access_token: str) -> tuple[str, Json] | None:
    """Whose access token this is, and its record with `scopes` and `expires_at`."""
    return next(iter(state.documents.everywhere(ACCESS_TOKENS, parent=access_token)), None)


def latest(state: State, username: str) -> str:
    """The refresh token that was issued last; empty if none is alive."""
    alive = state.documents.all_of(REFRESH_TOKENS, username)
    return max(alive, key=lambda each: each["at"])["token"] if alive else ""


def expire(state: State, username: str) -> None:
    """As if an hour had passed: their access tokens stay known, and are over."""
    for record in state.documents.all_of(ACCESS_TOKENS, username):
        over = record | {"expires_at": 0.0}
        state.documents.put(ACCESS_TOKENS, username, record["token"], over, parent=record["token"])


def revoke(state: State, username: str) -> None:
    for kind in (ACCESS_TOKENS, REFRESH_TOKENS):
        for record in state.documents.all_of(kind, username):
            state.documents.remove(kind, username, record["token"])


def _new(state: State, username: str) -> str:
    seller = state.documents.get(SELLERS, username, username) or {}
    return f"{seller['user_id']}.{secrets.token_urlsafe(48)}"
