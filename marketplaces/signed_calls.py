"""Requests in the name of one seller: signed, and sent again when the token was the trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from marketplaces import http
from tasks.errors import TransientError
from tasks.sentences import sentence


class TokenProvider(Protocol):
    """Gives out a valid access token."""

    def __call__(self, *, rejected: str = "") -> str:
        """Another token than `rejected`; AuthorizationError when there is none to be had."""


def send_signed(
    request: http.Request, tokens: TokenProvider, before: Callable[[], None] | None = None
) -> http.Response:
    """The answer, whatever its status.

    Once more with another token after a 401, which refuses before anything is done. `before` is
    called each time that the request is about to leave.
    """
    token = tokens()
    response = http.send(_signed(request, token), before)
    if response.status == 401:
        response = http.send(_signed(request, tokens(rejected=token)), before)
    return response


def refused_after_renewal(response: http.Response) -> TransientError:
    """What a second 401 means.

    Only the token endpoint knows whether the consent is gone, and it has just agreed.
    """
    return TransientError(
        sentence(
            "{host} refuses a sign-in that was renewed a moment ago.", host=response.request.host
        ),
        evidence=response.evidence,
    )


def _signed(request: http.Request, token: str) -> http.Request:
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return replace(request, headers=headers, sensitive=(*request.sensitive, token))
