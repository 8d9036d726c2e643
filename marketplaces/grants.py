"""OAuth 2 as `oauthlib` speaks it: addresses, forms and answers. Sends nothing itself.

RFC 6749 (authorization code, refresh and client credentials), RFC 7636 (PKCE).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

VERIFIER_LENGTH = 64
"""Letters of a PKCE verifier; 43 to 128 are allowed."""
_LONGEST_LIFETIME = 366 * 86_400.0
"""Seconds; no access token lives so long, and a moment too far away cannot be stored."""
_READ = ("access_token", "refresh_token", "token_type", "error", "error_description", "error_uri")


class UnreadableAnswerError(ValueError):
    """What the token endpoint said is no token."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token endpoint gives out."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    """Empty when the one that was used stays in force."""
    lifetime: float
    """Seconds that the access token has; 0 when nothing is said."""
    scopes: frozenset[str] | None = None
    """None: those that were asked for (RFC 6749, section 5.1)."""


def new_verifier() -> str:
    """A PKCE verifier that nobody can guess."""
    return str(WebApplicationClient("").create_code_verifier(VERIFIER_LENGTH))


def consent_address(
    url: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
    verifier: str = "",
) -> str:
    """Where the seller is sent to consent; with `verifier` its challenge goes along (S256)."""
    client = WebApplicationClient(client_id)
    proof = {}
    if verifier:
        proof = {
            "code_challenge": client.create_code_challenge(verifier, "S256"),
            "code_challenge_method": "S256",
        }
    # oauthlib takes https only, StoFlow also loopback, where its stand-ins for marketplaces are.
    written = client.prepare_request_uri(
        "https://consent.invalid/",
        redirect_uri=redirect_uri,
        scope=list(scopes),
        state=state,
        **proof,
    )
    return f"{url}?{urlsplit(written).query}"


def code_form(
    code: str, *, redirect_uri: str, verifier: str = "", client_id: str = ""
) -> dict[str, str]:
    """The form that turns a code into tokens; `client_id` is for clients without a secret."""
    body = WebApplicationClient(client_id).prepare_request_body(
        code=code,
        redirect_uri=redirect_uri,
        include_client_id=bool(client_id),
        code_verifier=verifier or None,
    )
    return dict(parse_qsl(body))


def refresh_form(refresh_token: str, *, client_id: str = "") -> dict[str, str]:
    """The form that renews an access token, without a scope: the granted ones stay."""
    client = WebApplicationClient(client_id)
    identity = {"client_id": client_id} if client_id else {}
    return dict(parse_qsl(client.prepare_refresh_body(refresh_token=refresh_token, **identity)))


def application_form(scopes: Iterable[str]) -> dict[str, str]:
    """The form that gives an application a token of its own; its secret goes into a header."""
    body = BackendApplicationClient("").prepare_request_body(scope=list(scopes))
    return dict(parse_qsl(body))


def read_grant(body: bytes) -> Grant:
    """What a successful answer gives out. UnreadableAnswerError when that is no token.

    What is odd beside the tokens is taken for unsaid: a refresh token that rotates is lost if its
    answer is not kept.
    """
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise UnreadableAnswerError("it is no JSON object")
        known = {name: document[name] for name in _READ if name in document}
        told: dict[str, Any] = WebApplicationClient("").parse_request_body_response(
            json.dumps(known)
        )
    except (OAuth2Error, ValueError, RecursionError) as error:
        raise UnreadableAnswerError(str(error)) from error
    return Grant(
        access_token=_token(told["access_token"]),
        refresh_token=_token(told["refresh_token"]) if told.get("refresh_token") else "",
        lifetime=_lifetime(document.get("expires_in")),
        scopes=_scopes(document.get("scope")),
    )


def _token(told: Any) -> str:
    """Visible letters of ASCII (RFC 6749, appendix A.12)."""
    if not isinstance(told, str) or not told or not (told.isascii() and told.isprintable()):
        raise UnreadableAnswerError("a token is no text")
    return told


def _lifetime(told: Any) -> float:
    try:
        seconds = float(told)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_LIFETIME) if math.isfinite(seconds) else 0.0


def _scopes(told: Any) -> frozenset[str] | None:
    return frozenset(told.split()) if isinstance(told, str) and told.split() else None
