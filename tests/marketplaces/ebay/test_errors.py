"""What eBay's answers mean for the engine and for the seller."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from marketplaces.ebay.errors import (
    EbayRefusedError,
    OfferExistsError,
    error_from,
)
from marketplaces.http import Request, Response, seconds_to_wait
from tasks.errors import (
    AuthorizationError,
    OutcomeUnknownError,
    PermanentError,
    PostponedError,
    RateLimitedError,
    TransientError,
)


def ebay_error(error_id: int, message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"errorId": error_id, "category": "REQUEST", "message": message, **more}


def answered(
    status: int,
    *errors: dict[str, Any],
    method: str = "POST",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    content = json.dumps({"errors": list(errors)}).encode() if body is None else body
    request = Request(method, "https://api.ebay.com/sell/inventory/v1/offer", account="t1/1")
    return Response(request, status, headers or {}, content)


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_refusal_is_permanent_and_says_what_to_do(status: int) -> None:
    error = error_from(answered(status, ebay_error(25003, "Invalid price.")), "publish the offer")
    assert isinstance(error, EbayRefusedError)
    assert (
        error.message == "eBay refused to publish the offer: Invalid price (eBay's number 25003)."
    )
    assert "price" in error.advice
    assert error.evidence["answer"]["status"] == status


def test_values_that_the_message_leaves_out_are_added() -> None:
    parameters = [{"name": "fieldName", "value": "imageUrls"}, {"name": "x", "value": "No."}]
    error = error_from(answered(400, ebay_error(25709, parameters=parameters)), "save the item")
    assert "fieldName: imageUrls" in error.message
    assert "x:" not in error.message


def test_all_errors_are_told_and_each_advice_once() -> None:
    errors = (ebay_error(25014, "A."), ebay_error(25015, "B."), ebay_error(25007, "C."))
    error = error_from(answered(400, *errors), "publish the offer")
    assert all(f"{letter} (" in error.message for letter in "ABC")
    assert error.advice.count("photos") == 1
    assert "shipping" in error.advice


@pytest.mark.parametrize(
    ("error", "offer_id"),
    [
        (ebay_error(25002, "x", parameters=[{"name": "offerId", "value": "82"}]), "82"),
        (ebay_error(25002, "Offer entity already exists."), ""),
    ],
)
def test_an_existing_offer_is_told_apart(error: dict[str, Any], offer_id: str) -> None:
    found = error_from(answered(400, error), "make the offer")
    assert isinstance(found, OfferExistsError)
    assert found.offer_id == offer_id


def test_any_other_25002_is_just_a_refusal() -> None:
    error = error_from(answered(400, ebay_error(25002, "Something else.")), "make the offer")
    assert type(error) is EbayRefusedError


@pytest.mark.parametrize(
    ("status", "error_id"), [(401, 1001), (401, 0), (403, 1100), (403, 190013)]
)
def test_a_refused_sign_in_stops_the_lane(status: int, error_id: int) -> None:
    assert isinstance(error_from(answered(status, ebay_error(error_id)), "x"), AuthorizationError)


def test_another_403_is_the_product_s_own_trouble() -> None:
    assert isinstance(error_from(answered(403, ebay_error(25018)), "x"), PermanentError)


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_concurrent_access_had_no_effect(status: int, method: str) -> None:
    error = ebay_error(25025) | {"category": "APPLICATION"}
    assert isinstance(error_from(answered(status, error, method=method), "x"), TransientError)


@pytest.mark.parametrize("status", [301, 303, 408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"errors": "?"}', b"[]", b"null"])
def test_a_failure_leaves_a_write_unknown_and_a_read_without_effect(
    status: int, body: bytes
) -> None:
    write = error_from(answered(status, body=body), "x")
    read = error_from(answered(status, body=body, method="GET"), "x")
    assert isinstance(write, OutcomeUnknownError)
    assert isinstance(read, TransientError)


@pytest.mark.parametrize("body", [b"<html>blocked</html>", b'{"error": "odd"}'])
def test_a_4xx_that_is_not_ebay_s_is_no_definite_refusal(body: bytes) -> None:
    assert isinstance(error_from(answered(400, body=body), "x"), OutcomeUnknownError)


def test_a_system_error_with_a_number_is_no_refusal_either() -> None:
    error = ebay_error(25001) | {"category": "APPLICATION"}
    assert isinstance(error_from(answered(500, error), "x"), OutcomeUnknownError)
    assert isinstance(error_from(answered(400, error), "x"), OutcomeUnknownError)


def test_the_limit_says_how_long_to_wait() -> None:
    error = error_from(answered(429, headers={"retry-after": "120"}), "x")
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 120


def test_retry_after_is_seconds_or_a_date() -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert seconds_to_wait("7") == 7
    assert seconds_to_wait(in_an_hour) == pytest.approx(3600, abs=5)
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_to_wait("soon") is None
    assert seconds_to_wait(None) is None


@pytest.mark.parametrize(
    ("status", "error_id", "expected"),
    [
        (404, 25713, True),
        (400, 25702, True),
        (404, 190200, True),
        (404, 2002, False),
        (400, 25003, False),
    ],
)
def test_only_ebay_s_own_word_means_not_there(status: int, error_id: int, expected: bool) -> None:
    error = error_from(answered(status, ebay_error(error_id)), "x")
    assert isinstance(error, EbayRefusedError)
    assert error.is_not_found is expected


@pytest.mark.parametrize(
    ("error_id", "message"),
    [
        (25019, "Cannot revise the listing. The maximum number of revisions has been reached."),
        (25002, "A user error has occurred. You have exceeded the limit of 250 revisions."),
    ],
)
def test_a_listing_without_revisions_left_waits_until_ebays_next_day(
    error_id: int, message: str
) -> None:
    error = error_from(answered(400, ebay_error(error_id, message)), "save the item")
    assert isinstance(error, PostponedError)
    assert timedelta(0) < error.until - datetime.now(UTC) <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("error_id", "message"),
    [
        (25019, "Cannot revise the listing. This brand may not be sold."),
        (25026, "Selling limit exceeded. This revision is over the limit."),
    ],
)
def test_any_other_refusal_to_revise_is_the_sellers_to_solve(error_id: int, message: str) -> None:
    error = error_from(answered(400, ebay_error(error_id, message)), "save the item")
    assert isinstance(error, EbayRefusedError)
