"""What Vinted's answers mean for the engine, in a seller's words.

A refusal is an object with `errors` ([{field, value}]), `message` or `message_errors`; what stands
between us and Vinted (a protection, a sign-in page, Cloudflare) answers with a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marketplaces.http import Response, seconds_to_wait
from marketplaces.vinted.plugin.absence import challenged
from tasks.errors import (
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    RateLimitedError,
    StoFlowError,
)
from tasks.sentences import sentence

_CHALLENGE = re.compile(
    rb"captcha-delivery|datadome|cf_chl|geetest_panel|verify you are human", re.IGNORECASE
)
_PAUSE_SECONDS = 60.0
"""After a 429 that says nothing of it."""
_PHOTO_FIELDS = ("photo", "assigned_photo")
_FAULTY = frozenset({400, 422})

_ADVICE = (
    (
        re.compile(r"catalog|category", re.IGNORECASE),
        sentence("Choose another Vinted category in the account's settings, then retry the job."),
    ),
    (
        re.compile(r"\b(size|brand|colou?r|status|condition|package)", re.IGNORECASE),
        sentence(
            "Correct the product, or Vinted's number for its word in the account's settings, then "
            "retry the job."
        ),
    ),
    (
        re.compile(r"title|description", re.IGNORECASE),
        sentence("Correct what Vinted names in the product's texts, then retry the job."),
    ),
    (re.compile(r"price", re.IGNORECASE), sentence("Correct the price, then retry the job.")),
    (re.compile(r"photo", re.IGNORECASE), sentence("Check the photos, then retry the job.")),
)


class VintedRefusedError(PermanentError):
    """Vinted understood the request and will not do it."""

    def __init__(self, message: str, *, status: int, fields: tuple[str, ...], **rest: Any) -> None:
        super().__init__(message, **rest)
        self.status = status
        self.fields = fields
        """Those of the item that Vinted names."""

    @property
    def is_not_found(self) -> bool:
        """Gone, sold, closed or hidden: which, the wardrobe tells."""
        return self.status == 404

    @property
    def names_photos(self) -> bool:
        return any(field.startswith(_PHOTO_FIELDS) for field in self.fields)

    @property
    def is_certain(self) -> bool:
        """Vinted has read the item and found fault with it: it has made nothing of the same request.

        What stands in front of it names no field. Photos prove nothing: what was made of the same
        request before may have taken them.
        """
        return self.status in _FAULTY and bool(self.fields) and not self.names_photos


class VintedForbiddenError(AuthorizationError):
    """A 403 in Vinted's own form: not this member's, or not for anybody now."""


def error_from(response: Response, doing: str) -> StoFlowError:
    """What an answer outside 2xx means. `doing` completes "Vinted refused to …".

    What stands in front of Vinted may answer for it when a write is done, so little says that it
    had no effect (docs/adr/0051).
    """
    error = _meaning(response, doing)
    return error if isinstance(error, VintedRefusedError) else _in_doubt(error, response)


def _in_doubt(error: StoFlowError, response: Response) -> StoFlowError:
    error.may_have_acted = response.request.is_write
    return error


def _meaning(response: Response, doing: str) -> StoFlowError:
    if response.status < 500 and _CHALLENGE.search(response.body):
        return challenged(response.evidence)
    if response.status == 401:
        return _signed_out(response)
    if response.status == 429:
        return slow_down(response.headers, response.evidence)
    if response.status == 404:
        return _refused(response, doing)
    if 400 <= response.status < 500:
        return _no_access(response, doing) if _is_barred(response) else _refused(response, doing)
    return _doubtful(response, doing)


def slow_down(headers: Mapping[str, str], evidence: Mapping[str, Any]) -> RateLimitedError:
    """What a 429 with these headers means, whatever it answers."""
    wait = seconds_to_wait(headers.get("retry-after"))
    return RateLimitedError(
        sentence("Vinted asks to slow down."),
        retry_after=_PAUSE_SECONDS if wait is None else wait,
        evidence=evidence,
    )


def page_instead(response: Response) -> StoFlowError:
    """What a page means where Vinted's own answer should be: a session that is over, as a rule.

    Of a write that was answered so, nobody knows what came of it.
    """
    if _CHALLENGE.search(response.body):
        return _in_doubt(challenged(response.evidence), response)
    if response.request.is_write:
        return OutcomeUnknownError(
            sentence("Vinted answered with a page in place of a result."),
            evidence=response.evidence,
        )
    return _signed_out(response)


def refusal_in(response: Response) -> VintedRefusedError | None:
    """Vinted's no, if an answer outside 2xx is one."""
    error = _meaning(response, "")
    return error if isinstance(error, VintedRefusedError) else None


def is_page(response: Response) -> bool:
    return response.body.lstrip()[:1] == b"<"


def reasons(document: Any) -> list[str]:
    """What a refusal says, in Vinted's words; empty for a body that is none of Vinted's."""
    if not isinstance(document, dict):
        return []
    told = [f"{field}: {value}" if field else value for field, value in _faults(document)]
    if not told and isinstance(document.get("message"), str):
        told = [document["message"].strip()]
    return [each.rstrip(".") for each in dict.fromkeys(told) if each]


def _faults(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that Vinted names, and what is wrong with them."""
    for name in ("errors", "message_errors"):
        for each in document.get(name) or []:
            if isinstance(each, dict):
                yield str(each.get("field") or ""), str(each.get("value") or "").strip()
            elif isinstance(each, str):
                yield "", each.strip()


def _refused(response: Response, doing: str) -> VintedRefusedError:
    document = response.document
    said = "; ".join(reasons(document)) or sentence("status {status}", status=response.status)
    faults = _faults(document) if isinstance(document, dict) else ()
    advice = next((advice for words, advice in _ADVICE if words.search(said)), None)
    return VintedRefusedError(
        sentence("Vinted refused to {doing}: {said}.", doing=doing, said=said),
        status=response.status,
        fields=tuple(field for field, _ in faults if field),
        advice=advice,
        evidence=response.evidence,
    )


def _is_barred(response: Response) -> bool:
    return response.status == 403 or is_page(response)


def _no_access(response: Response, doing: str) -> AuthorizationError:
    if is_page(response):
        return _signed_out(response)
    said = "; ".join(reasons(response.document)) or str(response.status)
    return VintedForbiddenError(
        sentence("Vinted does not let the seller {doing}: {said}.", doing=doing, said=said),
        advice=sentence(
            "Ask the seller to reload every tab of Vinted in the browser that has StoFlow's "
            "plugin, and to look there whether the account may still sell. Then let the "
            "account's work go on."
        ),
        evidence=response.evidence,
    )


def _signed_out(response: Response) -> AuthorizationError:
    return AuthorizationError(
        sentence("The seller's session at Vinted has ended."),
        advice=sentence(
            "Ask the seller to sign in at Vinted again, in the browser that has StoFlow's plugin. "
            "Then let the account's work go on."
        ),
        evidence=response.evidence,
    )


def _doubtful(response: Response, doing: str) -> StoFlowError:
    reason = "; ".join(reasons(response.document)) or sentence(
        "status {status}", status=response.status
    )
    wait = seconds_to_wait(response.headers.get("retry-after"))
    if response.request.is_write:
        return OutcomeUnknownError(
            sentence(
                "Vinted failed when asked to {doing}, and may have done it: {reason}.",
                doing=doing,
                reason=reason,
            ),
            retry_after=wait,
            evidence=response.evidence,
        )
    return OutageError(
        sentence("Vinted failed when asked to {doing}: {reason}.", doing=doing, reason=reason),
        retry_after=wait,
        evidence=response.evidence,
    )
