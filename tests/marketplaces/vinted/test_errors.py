"""What Vinted's answers mean for the engine and for the seller."""

from __future__ import annotations

from typing import Any

import pytest

from marketplaces.vinted.errors import (
    VintedForbiddenError,
    VintedRefusedError,
    error_from,
    reasons,
)
from tasks.errors import (
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    RateLimitedError,
    StoFlowError,
)
from tests.marketplaces.vinted.builders import answer

CHALLENGE = {"url": "https://geo.captcha-delivery.com/captcha/?initialCid=1"}
PAGE = b"<!doctype html><title>Log in | Vinted</title>"


def error(status: int, body: Any, *, method: str = "POST", **headers: str) -> StoFlowError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = answer(body, status=status, method=method, headers=named)
    return error_from(told, "make the draft")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"errors": [{"field": "title", "value": "is odd."}]}, ["title: is odd"]),
        ({"errors": [], "message": "No."}, ["No"]),
        ({"message_errors": ["One", "Two", "One"]}, ["One", "Two"]),
        ({"errors": None}, []),
        ([1], []),
        (None, []),
    ],
)
def test_every_form_of_a_refusal_is_read(body: Any, told: list[str]) -> None:
    assert reasons(body) == told


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"message": "Bad"}, VintedRefusedError),
        (422, {"errors": [{"field": "size", "value": "Choose"}]}, VintedRefusedError),
        (404, {"message": "Not found"}, VintedRefusedError),
        (404, PAGE, VintedRefusedError),
        (401, {"message": "Session ended"}, AuthorizationError),
        (403, {"message": "Access denied"}, VintedForbiddenError),
        (403, CHALLENGE, AuthorizationError),
        (403, PAGE, AuthorizationError),
        (400, PAGE, AuthorizationError),
        (429, {"message": "Slow down"}, RateLimitedError),
        (500, {"message": "Sorry"}, OutcomeUnknownError),
        (524, PAGE, OutcomeUnknownError),
        (302, b"", OutcomeUnknownError),
    ],
)
def test_an_answer_to_a_write_has_its_type(
    status: int, body: Any, kind: type[StoFlowError]
) -> None:
    assert type(error(status, body)) is kind


def test_a_failure_of_a_read_had_no_effect() -> None:
    assert type(error(524, PAGE, method="GET")) is OutageError


def test_a_challenge_is_for_the_seller_to_answer() -> None:
    asked = error(403, CHALLENGE)
    assert "whether a person sits there" in asked.message
    assert "never tries to get around it" in asked.advice


def test_a_session_that_ended_says_where_to_sign_in() -> None:
    assert "sign in at Vinted" in error(401, {}).advice
    assert "sign in at Vinted" in error(403, PAGE).advice


def test_a_limit_waits_as_long_as_vinted_says_or_a_minute() -> None:
    told, silent = error(429, {}, retry_after="7"), error(429, {})
    assert isinstance(told, RateLimitedError)
    assert isinstance(silent, RateLimitedError)
    assert (told.retry_after, silent.retry_after) == (7, 60)


def test_a_refusal_names_fields_and_says_what_to_do() -> None:
    refused = error(400, {"errors": [{"field": "photos", "value": "Error uploading photo"}]})
    assert isinstance(refused, VintedRefusedError)
    assert refused.names_photos
    assert "photos: Error uploading photo" in refused.message
    assert "Check the photos" in refused.advice
    assert "category" in error(400, {"message": "Choose a category"}).advice
