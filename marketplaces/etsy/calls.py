"""One call to Etsy: paced, signed in, sent through the door, any refusal raised as its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplaces import http
from marketplaces.etsy.errors import error_from
from marketplaces.etsy.quota import Pace, Quota, Unpaced
from marketplaces.http import FilePart
from marketplaces.signed_calls import TokenProvider, send_signed
from tasks.errors import RateLimitedError

FormValue = str | int | float | bool | list[str] | list[int]
Form = Mapping[str, FormValue]


@dataclass(frozen=True, slots=True)
class Calls:
    """Sends requests in the name of one seller."""

    tokens: TokenProvider = field(repr=False)
    api_key: str = field(repr=False)
    """keystring:shared_secret"""
    url: str
    """Where Etsy's paths begin; without a slash at the end."""
    timeout: float
    """Seconds for one request, from the first connect to the last byte."""
    account: str = ""
    pace: Pace = field(default_factory=Unpaced, repr=False)
    """The limit that all sellers share."""

    def get(self, path: str, doing: str) -> http.Response:
        return self._make(http.Request("GET", self.url + path, **self._rest), doing)

    def delete(self, path: str, doing: str) -> http.Response:
        return self._make(http.Request("DELETE", self.url + path, **self._rest), doing)

    def send_form(self, method: str, path: str, form: Form, doing: str) -> http.Response:
        """As a form; lists are joined by commas and left out when empty (etsy/open-api#472)."""
        request = http.Request.with_form(method, self.url + path, encoded(form), **self._rest)
        return self._make(request, doing)

    def send_json(self, method: str, path: str, document: object, doing: str) -> http.Response:
        request = http.Request.with_json(method, self.url + path, document, **self._rest)
        return self._make(request, doing)

    def send_file(self, path: str, part: FilePart, form: Form, doing: str) -> http.Response:
        request = http.Request.with_files(
            "POST", self.url + path, part, fields=encoded(form), **self._rest
        )
        return self._make(request, doing)

    @property
    def _rest(self) -> dict[str, Any]:
        return {
            "headers": {"Accept": "application/json", "x-api-key": self.api_key},
            "timeout": self.timeout,
            "account": self.account,
            "sensitive": tuple(self.api_key.split(":")),
        }

    def _make(self, request: http.Request, doing: str) -> http.Response:
        response = send_signed(request, self.tokens, before=self.pace.take)
        self.pace.saw(Quota.read(response.headers))
        if not response.is_success:
            error = error_from(response, doing)
            if isinstance(error, RateLimitedError) and response.status == 429:
                self.pace.refused(error)
            raise error
        return response


def encoded(form: Form) -> dict[str, str]:
    """The fields as Etsy reads them."""
    return {name: _text(value) for name, value in form.items() if value not in ([], "")}


def _text(value: FormValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return str(value)
