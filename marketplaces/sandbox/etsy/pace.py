"""Etsy's limits: so many requests of an app in a second and in a day, all its sellers together.

Source: Etsy's page on rate limits. The windows slide; the headers come with successes only.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from marketplaces.sandbox.etsy.errors import TEXTS
from marketplaces.sandbox.etsy.settings import settings_of
from marketplaces.sandbox.messages import Answer
from marketplaces.sandbox.settings import DAY
from marketplaces.sandbox.state import State

SECOND = 1.0


@dataclass(frozen=True)
class Window:
    name: str
    remaining_name: str
    seconds: float
    limit: int
    requests: int
    """In the window, the one at hand included."""
    oldest: float
    """When the first of them came."""

    @property
    def is_full(self) -> bool:
        return self.requests > self.limit


@dataclass(frozen=True)
class Use:
    windows: tuple[Window, ...]

    @property
    def is_too_much(self) -> bool:
        return any(window.is_full for window in self.windows)

    @property
    def headers(self) -> Mapping[str, str]:
        told: dict[str, str] = {}
        for window in self.windows:
            told[f"x-limit-per-{window.name}"] = str(window.limit)
            told[window.remaining_name] = str(max(0, window.limit - window.requests))
        return told


def used(state: State) -> Use:
    """What the app has used of its limits; nothing is counted while they are off."""
    settings = settings_of(state)
    kinds = (
        ("second", "x-remaining-this-second", SECOND, settings.limit_per_second),
        ("day", "x-remaining-today", DAY, settings.limit_per_day),
    )
    return Use(tuple(Window(*kind, *_recent(state, kind[2])) for kind in kinds if kind[3]))


def too_many(state: State, use: Use) -> Answer:
    """429, and a violation: whoever knows the limits has no need to run into them."""
    full = next(window for window in use.windows if window.is_full)
    state.effects.add_violation(f"more than {full.limit} requests in a {full.name}")
    headers = {}
    if settings_of(state).send_retry_after:
        wait = full.oldest + full.seconds - state.now()
        headers["retry-after"] = str(max(1, math.ceil(wait)))
    return Answer(status=429, body={"error": TEXTS[429]}, headers=headers)


def _recent(state: State, seconds: float) -> tuple[int, float]:
    """API requests of late, and when the first came; those that were refused for it don't count."""
    rows = state.store.rows(
        "SELECT COUNT(*) AS number, MIN(time) AS oldest FROM requests WHERE time > ?"
        " AND template LIKE '/v3/application/%' AND COALESCE(status, 0) <> 429",
        (state.now() - seconds,),
    )
    return rows[0]["number"], rows[0]["oldest"] or state.now()
