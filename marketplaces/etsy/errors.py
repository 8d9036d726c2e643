"""Etsy's refusals as the types that the engine decides by, in a seller's words.

A body is `{"error": "text"}`; `error_description` beside it and a list of `{path, type, message}`
have been seen too (etsy/open-api#472, #425). The words of an error are its only code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from marketplaces.etsy.quota import Quota
from marketplaces.http import Response, seconds_to_wait
from marketplaces.signed_calls import refused_after_renewal
from tasks.errors import (
    ApplicationRefusedError,
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    RateLimitedError,
    StoFlowError,
)
from tasks.sentences import sentence

_APPLICATION = re.compile(r"api[ _-]?key|shared[ _]secret|keystring", re.IGNORECASE)
_SCOPE = re.compile(r"scope", re.IGNORECASE)
_APPLICATION_PAUSE_SECONDS = 600.0
_SECOND_LIMIT_PAUSE_SECONDS = 2.0
_DAY_LIMIT_PAUSE_SECONDS = 3600.0
"""Etsy's day is a window of 24 hours that slides, so that some of it is free again soon."""

_ADVICE = (
    (
        re.compile(r"shipping[ _]profile", re.IGNORECASE),
        sentence("Check the shipping profile at Etsy and in the account's settings, then retry."),
    ),
    (
        re.compile(r"readiness|processing", re.IGNORECASE),
        sentence("Check the processing profile at Etsy and in the account's settings, then retry."),
    ),
    (
        re.compile(r"return[ _]policy", re.IGNORECASE),
        sentence("Check the return policy at Etsy and in the account's settings, then retry."),
    ),
    (
        re.compile(r"taxonomy", re.IGNORECASE),
        sentence("Choose another Etsy category in the account's settings, then retry the job."),
    ),
    (
        re.compile(r"\b(title|tags?|materials?)\b", re.IGNORECASE),
        sentence("Correct what Etsy names in the product's texts, then retry the job."),
    ),
    (
        re.compile(r"\bprice\b|quantity", re.IGNORECASE),
        sentence("Correct the product's price or stock, then retry the job."),
    ),
    (
        re.compile(r"\b(images?|photos?)\b", re.IGNORECASE),
        sentence("Check the product's photos, then retry the job."),
    ),
)


class EtsyRefusedError(PermanentError):
    """Etsy understood the request and will not do it."""

    def __init__(self, message: str, *, status: int, reason: str, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.status = status
        self.reason = reason
        """Etsy's own words."""

    @property
    def is_not_found(self) -> bool:
        """Whether Etsy itself says that the thing asked for is not there."""
        return self.status == 404

    @property
    def is_conflict(self) -> bool:
        """Whether the state of the thing does not allow it."""
        return self.status == 409


def reasons(document: Any) -> list[str]:
    """What an error's body says, in Etsy's words; empty for a body that is none of Etsy's."""
    return list(dict.fromkeys(each.strip() for each in _reasons(document) if each.strip()))


def _reasons(document: Any) -> Iterator[str]:
    if isinstance(document, list):
        for each in document:
            yield from _reasons(each)
    elif isinstance(document, dict):
        if isinstance(message := document.get("message"), str):
            path = document.get("path")
            yield f"{path}: {message}" if isinstance(path, str) and path else message
        for name in ("error", "errors", "error_description"):
            told = document.get(name)
            if isinstance(told, str):
                yield told
            elif told:
                yield from _reasons(told)


def error_from(response: Response, doing: str) -> StoFlowError:
    """What an answer outside 2xx means. `doing` completes "Etsy refused to …"."""
    told = reasons(response.document)
    said = "; ".join(told)
    if response.status == 429:
        return _limited(response)
    if response.status in {401, 403} and _APPLICATION.search(said):
        return ApplicationRefusedError(
            sentence("Etsy does not recognise StoFlow's own key and secret: {said}.", said=said),
            retry_after=_APPLICATION_PAUSE_SECONDS,
            evidence=response.evidence,
        )
    if response.status == 401:
        return refused_after_renewal(response)
    if response.status == 403 and _SCOPE.search(said):
        return AuthorizationError(
            sentence(
                "The seller has not allowed StoFlow to {doing} at Etsy: {said}.",
                doing=doing,
                said=said.rstrip("."),
            ),
            evidence=response.evidence,
        )
    if 400 <= response.status < 500 and told:
        return _refused(response, doing, said)
    return _doubtful(response, doing, said)


def _refused(response: Response, doing: str, said: str) -> EtsyRefusedError:
    advice = next((advice for words, advice in _ADVICE if words.search(said)), None)
    return EtsyRefusedError(
        sentence("Etsy refused to {doing}: {said}.", doing=doing, said=said.rstrip(".")),
        status=response.status,
        reason=said,
        advice=advice,
        evidence=response.evidence,
    )


def _doubtful(response: Response, doing: str, said: str) -> StoFlowError:
    """A failure of Etsy's own, or an answer that is not in Etsy's form (a proxy's page).

    A create that was answered 500 had nevertheless made the listing (etsy/open-api#162).
    """
    reason = said.rstrip(".") or sentence("status {status}", status=response.status)
    wait = seconds_to_wait(response.headers.get("retry-after"))
    if response.request.is_write:
        return OutcomeUnknownError(
            sentence(
                "Etsy failed when asked to {doing}, and may have done it: {reason}.",
                doing=doing,
                reason=reason,
            ),
            retry_after=wait,
            evidence=response.evidence,
        )
    return OutageError(
        sentence("Etsy failed when asked to {doing}: {reason}.", doing=doing, reason=reason),
        retry_after=wait,
        evidence=response.evidence,
    )


def _limited(response: Response) -> RateLimitedError:
    """Which of the two limits it is, the headers tell; older answers have none of them."""
    quota = Quota.read(response.headers)
    wait = seconds_to_wait(response.headers.get("retry-after"))
    if quota.remaining_today == 0:
        return RateLimitedError(
            sentence("Etsy's limit of calls for a day is reached."),
            retry_after=wait if wait is not None else _DAY_LIMIT_PAUSE_SECONDS,
            evidence=response.evidence,
        )
    if wait is None and quota.is_known:
        wait = _SECOND_LIMIT_PAUSE_SECONDS
    return RateLimitedError(
        sentence("Etsy's limit of calls is reached."), retry_after=wait, evidence=response.evidence
    )
