"""Etsy's limits, which all sellers share, because Etsy counts by application."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from marketplaces.etsy.quota import Quota
from tasks.dispatch import limits
from tasks.dispatch.limits import Limit
from tasks.errors import RateLimitedError
from tasks.sentences import sentence

KEY = "etsy"
_SECOND = 1.25
"""Calls that left in so many seconds may arrive within one."""
_DAY_SECONDS = 24 * 3600.0
_USED_UP_SECONDS = 900.0
"""Etsy's day is a window that slides: what was used 24 hours ago is free again all the time."""
_UNTOLD_SECONDS = 60.0


class SharedPace:
    """Spends from one allowance, wherever the worker runs and whoever the seller is."""

    def take(self) -> None:
        limits.spend(
            KEY,
            [
                Limit(
                    sentence("Etsy's limit of calls per second"),
                    settings.ETSY["calls_per_second"],
                    _SECOND,
                ),
                Limit(sentence("Etsy's daily limit"), settings.ETSY["calls_per_day"], _DAY_SECONDS),
            ],
        )

    def saw(self, quota: Quota) -> None:
        """Others may spend from the same allowance, so Etsy's word counts for more than ours."""
        if quota.remaining_today == 0:
            self._block(_USED_UP_SECONDS, sentence("Etsy's daily limit"))

    def refused(self, error: RateLimitedError) -> None:
        wait = _UNTOLD_SECONDS if error.retry_after is None else error.retry_after
        self._block(wait, sentence("Etsy's limit of calls"))

    def _block(self, seconds: float, reason: str) -> None:
        limits.block(KEY, until=timezone.now() + timedelta(seconds=seconds), reason=reason)
