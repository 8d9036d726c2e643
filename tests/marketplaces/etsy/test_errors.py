"""What Etsy's answers mean for the engine and for the seller."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplaces.etsy.errors import EtsyRefusedError, error_from, reasons
from marketplaces.http import Request, Response
from tasks.errors import (
    ApplicationRefusedError,
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    RateLimitedError,
    StoFlowError,
    TransientError,
)


def error(
    status: int, body: Any, *, method: str = "POST", headers: dict[str, str] | None = None
) -> StoFlowError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method, "https://openapi.etsy.com/v3/application/x")
    return error_from(Response(request, status, headers or {}, content), "make the draft")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": "No."}, ["No."]),
        ({"error": "invalid", "error_description": "Because."}, ["invalid", "Because."]),
        ([{"path": "tags", "type": "x", "message": "too long"}], ["tags: too long"]),
        ({"error": [{"path": "", "message": "odd"}]}, ["odd"]),
        ({"error": ""}, []),
        ("text", []),
        (None, []),
    ],
)
def test_every_form_of_a_body_is_read(body: Any, told: list[str]) -> None:
    assert reasons(body) == told


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "Invalid title", EtsyRefusedError),
        (403, "Shared secret is required in x-api-key header.", ApplicationRefusedError),
        (401, "Invalid API key", ApplicationRefusedError),
        (403, "insufficient_scope: listings_w", AuthorizationError),
        (403, "User does not own Listing 1", EtsyRefusedError),
        (401, "invalid_token", TransientError),
        (404, "Resource not found", EtsyRefusedError),
        (409, "Conflict", EtsyRefusedError),
        (429, "Too many requests", RateLimitedError),
        (500, "Server error", OutcomeUnknownError),
    ],
)
def test_a_refusal_has_its_type(status: int, said: str, kind: type[StoFlowError]) -> None:
    assert type(error(status, {"error": said})) is kind


def test_a_failure_of_a_read_had_no_effect() -> None:
    assert type(error(500, {"error": "x"}, method="GET")) is OutageError


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_failure_says_when_to_ask_again(method: str) -> None:
    failed = error(503, {"error": "x"}, method=method, headers={"retry-after": "120"})
    assert isinstance(failed, OutageError | OutcomeUnknownError)
    assert failed.retry_after == 120


def test_a_page_that_is_none_of_etsys_is_no_refusal() -> None:
    assert type(error(404, b"<html>Not found</html>")) is OutcomeUnknownError
    assert type(error(404, b"<html>Not found</html>", method="GET")) is OutageError


@pytest.mark.parametrize(
    ("headers", "seconds", "words"),
    [
        ({"retry-after": "7"}, 7, "limit of calls is reached"),
        ({"x-remaining-today": "0", "x-remaining-this-second": "9"}, 3600, "for a day"),
        ({"x-remaining-today": "0", "retry-after": "60"}, 60, "for a day"),
        ({"x-remaining-this-second": "0", "x-remaining-today": "900"}, 2, "limit of calls"),
        ({}, None, "limit of calls"),
    ],
)
def test_a_limit_says_which_and_how_long(
    headers: dict[str, str], seconds: float | None, words: str
) -> None:
    limited = error(429, {"error": "Too many"}, headers=headers)
    assert isinstance(limited, RateLimitedError)
    assert limited.retry_after == seconds
    assert words in limited.message


def test_a_refusal_says_what_to_do() -> None:
    assert "photos" in error(400, {"error": "An image is required"}).advice
    assert "category" in error(400, {"error": "Invalid taxonomy_id: 1"}).advice
