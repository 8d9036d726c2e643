"""One call to eBay: signed in, sent through the door, and any refusal raised as its type."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from marketplaces import http
from marketplaces.ebay.errors import error_from, listed
from marketplaces.signed_calls import TokenProvider, refused_after_renewal, send_signed

logger = logging.getLogger(__name__)


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
        """The answer, if it is a success.

        No Accept-Language is sent: eBay refuses values that are not one of its locales.
        """
        request = build(
            headers={"Accept": "application/json", **(headers or {})},
            timeout=self.timeout,
            account=self.account,
        )
        response = send_signed(request, self.tokens)
        if response.status == 401:
            raise refused_after_renewal(response)
        if not response.is_success:
            raise error_from(response, doing)
        return response


def warnings_of(response: http.Response) -> tuple[str, ...]:
    """What eBay did but would have liked otherwise; logged, and kept with the receipt."""
    warned = tuple(each.sentence for each in listed(response.document, "warnings"))
    for warning in warned:
        logger.info("eBay warns %s: %s", response.request.account or "-", warning)
    return warned
