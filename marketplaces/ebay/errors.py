"""eBay's refusals as the types that the engine decides by, in a seller's words.

The real body of an error is `{"errors": [Error, ...]}`; eBay's documents show a bare Error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplaces.ebay.days import next_day
from marketplaces.http import Response, seconds_to_wait
from tasks.errors import (
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    PostponedError,
    RateLimitedError,
    StoFlowError,
    TransientError,
)
from tasks.sentences import sentence

CONCURRENT_ACCESS = 25025
USER_ERROR = 25002
CANNOT_REVISE = 25019
NOT_FOUND = frozenset({25702, 25710, 25713, 25805, 190200})
"""SKU, entity, offer, location and picture."""
CONDITION_FAULT = 25021
PICTURE_FAULTS = frozenset({25014, 25015, 25501})
_CONSENT_LACKING = frozenset({1100, 190013})
"""The token does not carry the scope; found on 403."""

ADVICE = {
    25003: sentence("Correct the product's price, then retry the job."),
    25004: sentence("Correct the product's stock, then retry the job."),
    25005: sentence("Choose another eBay category in the account's settings, then retry the job."),
    25007: sentence(
        "Check the shipping policy at eBay and in the account's settings, then retry the job."
    ),
    25008: sentence(
        "Check the payment policy at eBay and in the account's settings, then retry the job."
    ),
    25009: sentence(
        "Check the return policy at eBay and in the account's settings, then retry the job."
    ),
    25012: sentence("Check the inventory location in the account's settings, then retry the job."),
    25014: sentence("Check the product's photos, then retry the job."),
    25015: sentence("Check the product's photos, then retry the job."),
    25018: sentence("Ask the seller to complete their account at eBay, then retry the job."),
    25021: sentence(
        "Choose a condition that eBay takes in this category: on the product, or for its word under "
        "“Conditions by your own words” in the account's settings. Then retry the job."
    ),
    25026: sentence(
        "The seller's selling limit at eBay is reached: ask eBay to raise it, then retry."
    ),
    25029: sentence("Add what the category asks for to the product's options, then retry the job."),
    190201: sentence("Replace the photo by one with a smaller file, then retry the job."),
    190202: sentence("Replace the photo by one of an allowed size, then retry the job."),
    190203: sentence("Replace the photo by a JPEG or PNG, then retry the job."),
    190204: sentence("Make sure that the photo's link opens for everybody, then retry the job."),
}


class EbayRefusedError(PermanentError):
    """eBay understood the request and will not do it."""

    def __init__(
        self, message: str, *, status: int, error_ids: frozenset[int], **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.status = status
        self.error_ids = error_ids

    @property
    def is_not_found(self) -> bool:
        """Whether eBay itself says that the thing asked for is not there."""
        return self.status in {400, 404} and bool(self.error_ids & NOT_FOUND)


class OfferExistsError(EbayRefusedError):
    """There is an offer for this SKU, marketplace and format already."""

    def __init__(self, message: str, *, offer_id: str, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.offer_id = offer_id
        """Empty when eBay did not name it."""


@dataclass(frozen=True, slots=True)
class EbayError:
    """One element of `errors` or `warnings`."""

    error_id: int
    category: str
    message: str
    parameters: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """eBay's message, its values as far as the message does not show them, and its number."""
        values = [
            f"{name}: {value}"
            for name, value in self.parameters.items()
            if value and value not in self.message
        ]
        told = {"message": self.message.rstrip(". "), "number": self.error_id}
        if not values:
            return sentence("{message} (eBay's number {number})", **told)
        return sentence(
            "{message} ({values}; eBay's number {number})", values="; ".join(values), **told
        )


def listed(document: Any, key: str) -> list[EbayError]:
    """The `errors` or `warnings` of an answer; elements that are not eBay's are left out."""
    elements = document.get(key) if isinstance(document, dict) else None
    return [
        EbayError(
            error_id=element["errorId"],
            category=str(element.get("category", "")).upper(),
            message=str(
                element.get("longMessage") or element.get("message") or sentence("No reason given")
            ),
            parameters={
                str(each.get("name", "")): str(each.get("value", ""))
                for each in element.get("parameters") or []
                if isinstance(each, dict)
            },
        )
        for element in (elements if isinstance(elements, list) else [])
        if isinstance(element, dict) and isinstance(element.get("errorId"), int)
    ]


def error_from(response: Response, doing: str) -> StoFlowError:
    """What an answer outside 2xx means. `doing` completes "eBay refused to …"."""
    errors = listed(response.document, "errors")
    if response.status == 429:
        return _limited(response)
    if response.status == 401 or (response.status == 403 and _ids(errors) & _CONSENT_LACKING):
        return AuthorizationError(
            sentence(
                "eBay does not accept the seller's sign-in any more: it refused to {doing}.",
                doing=doing,
            ),
            evidence=response.evidence,
        )
    if CONCURRENT_ACCESS in _ids(errors):
        return TransientError(
            sentence("eBay was busy with the same item and did not {doing}.", doing=doing),
            evidence=response.evidence,
        )
    if any(_says_no_revision_is_left(each) for each in errors):
        return PostponedError(
            sentence(
                "eBay lets this listing be changed no more today: the change waits until tomorrow."
            ),
            until=next_day(datetime.now(UTC)),
            evidence=response.evidence,
        )
    if 400 <= response.status < 500 and any(each.category == "REQUEST" for each in errors):
        return _refused(response, doing, errors)
    return _doubtful(response, doing, errors)


def _refused(response: Response, doing: str, errors: list[EbayError]) -> EbayRefusedError:
    reasons = "; ".join(each.sentence for each in errors)
    advice = " ".join(
        dict.fromkeys(ADVICE[each.error_id] for each in errors if each.error_id in ADVICE)
    )
    known: dict[str, Any] = {
        "status": response.status,
        "error_ids": _ids(errors),
        "advice": advice or None,
        "evidence": response.evidence,
    }
    existing = next((each for each in errors if _names_existing_offer(each)), None)
    if existing is not None:
        offer_id = existing.parameters.get("offerId", "")
        return OfferExistsError(
            sentence("eBay has an offer for this item."), offer_id=offer_id, **known
        )
    return EbayRefusedError(
        sentence("eBay refused to {doing}: {reasons}.", doing=doing, reasons=reasons), **known
    )


def _names_existing_offer(error: EbayError) -> bool:
    """25002 stands for any mistake; only with the offer's id, or this text, is it this one."""
    return error.error_id == USER_ERROR and (
        bool(error.parameters.get("offerId")) or "already exists" in error.message.lower()
    )


def _says_no_revision_is_left(error: EbayError) -> bool:
    """The documents give the limit of 250 a day but no error of its own: the words tell."""
    words = error.message.lower()
    return (
        error.error_id in {USER_ERROR, CANNOT_REVISE}
        and "revis" in words
        and any(word in words for word in ("250", "maximum", "limit", "exceed"))
    )


def _doubtful(response: Response, doing: str, errors: list[EbayError]) -> StoFlowError:
    """A failure of eBay's own, or an answer that is not in eBay's form (a proxy's page)."""
    reasons = "; ".join(each.sentence for each in errors) or sentence(
        "status {status}", status=response.status
    )
    wait = seconds_to_wait(response.headers.get("retry-after"))
    if response.request.is_write:
        return OutcomeUnknownError(
            sentence(
                "eBay failed when asked to {doing}, and may have done it: {reasons}.",
                doing=doing,
                reasons=reasons,
            ),
            retry_after=wait,
            evidence=response.evidence,
        )
    return OutageError(
        sentence("eBay failed when asked to {doing}: {reasons}.", doing=doing, reasons=reasons),
        retry_after=wait,
        evidence=response.evidence,
    )


def _limited(response: Response) -> RateLimitedError:
    return RateLimitedError(
        sentence("eBay's limit of calls is reached."),
        retry_after=seconds_to_wait(response.headers.get("retry-after")),
        evidence=response.evidence,
    )


def _ids(errors: list[EbayError]) -> frozenset[int]:
    return frozenset(each.error_id for each in errors)
