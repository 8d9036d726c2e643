"""One call to eBay: signed in, sent through the door, and any refusal raised as its type."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from marketplaces import http
from marketplaces.ebay.errors import error_from, listed
from tasks.errors import TransientError
from tasks.sentences import sentence

logger = logging.getLogger(__name__)


class TokenProvider(Protocol):
    """Gives out a valid access token."""

    def __call__(self, *, rejected: str = "") -> str:
        """Another token than `rejected`; AuthorizationError when there is none to be had."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Sends requests in the name of one seller."""

    tokens: TokenProvider = field(repr=False)
    timeout: float
    """Seconds for one request, from the first connect to the last byte."""
    account: str = ""

    def get(self, url: str, doing: str) -> http.Response:
        return self._make(lambda **rest: http.Request("GET", url, **rest), doing)

    def post(self, url: str, doing: str) -> http.Response:
        return self._make(lambda **rest: http.Request("POST", url, **rest), doing)

    def delete(self, url: str, doing: str) -> http.Response:
        return self._make(lambda **rest: http.Request("DELETE", url, **rest), doing)

    def send_json(
        self, method: str, url: str, document: object, doing: str, *, language: str = ""
    ) -> http.Response:
        """`language` goes into Content-Language, which eBay asks of items and offers."""
        return self._make(
            lambda **rest: http.Request.with_json(method, url, document, **rest),
            doing,
            {"Content-Language": language} if language else {},
        )

    def send_file(self, url: str, part: http.FilePart, doing: str) -> http.Response:
        return self._make(lambda **rest: http.Request.with_files("POST", url, part, **rest), doing)

    def _make(
        self,
        build: Callable[..., http.Request],
        doing: str,
        headers: dict[str, str] | None = None,
    ) -> http.Response:
        """Once more with another token after a 401, which refuses before anything is done.

        No Accept-Language is sent: eBay refuses values that are not one of its locales.
        """
        request = build(
            headers={"Accept": "application/json", **(headers or {})},
            timeout=self.timeout,
            account=self.account,
        )
        token = self.tokens()
        response = http.send(_signed(request, token))
        if response.status == 401:
            response = http.send(_signed(request, self.tokens(rejected=token)))
            if response.status == 401:
                # Only the token endpoint knows whether the consent is gone, and it has just agreed.
                raise TransientError(
                    sentence("eBay refuses a sign-in that was renewed a moment ago."),
                    evidence=response.evidence,
                )
        if not response.is_success:
            raise error_from(response, doing)
        return response


def _signed(request: http.Request, token: str) -> http.Request:
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return replace(request, headers=headers, sensitive=(token,))


def warnings_of(response: http.Response) -> tuple[str, ...]:
    """What eBay did but would have liked otherwise; logged, and kept with the receipt."""
    warned = tuple(each.sentence for each in listed(response.document, "warnings"))
    for warning in warned:
        logger.info("eBay warns %s: %s", response.request.account or "-", warning)
    return warned
