"""What Etsy says with each answer about its limits, which all sellers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from tasks.errors import RateLimitedError


@dataclass(frozen=True, slots=True)
class Quota:
    """From the headers of an answer; None where Etsy said nothing."""

    per_second: int | None = None
    remaining_this_second: int | None = None
    per_day: int | None = None
    remaining_today: int | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self:
        return cls(
            _number(headers.get("x-limit-per-second")),
            _number(headers.get("x-remaining-this-second")),
            _number(headers.get("x-limit-per-day")),
            _number(headers.get("x-remaining-today")),
        )

    @property
    def is_known(self) -> bool:
        return self.remaining_this_second is not None or self.remaining_today is not None


class Pace(Protocol):
    """The limiter: asked before each request leaves, told what the answers say."""

    def take(self) -> None:
        """Take one call of the quota; RateLimitedError when there is none."""

    def saw(self, quota: Quota) -> None:
        """What Etsy says is left."""

    def refused(self, error: RateLimitedError) -> None:
        """Etsy has let nothing through."""


class Unpaced:
    """No limit but Etsy's own."""

    def take(self) -> None: ...

    def saw(self, quota: Quota) -> None: ...

    def refused(self, error: RateLimitedError) -> None: ...


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None
