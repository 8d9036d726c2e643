"""One banner: what the top of every page says while something needs a person."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NAMED = 3
"""So many accounts or sellers are linked by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Banner:
    """One thing that is wrong, and what to do about it."""

    icon: str
    urgent: bool
    """Nothing at all is worked on, or something may be sold twice; else a part of the work waits."""
    title: str
    advice: str
    links: tuple[Link, ...] = ()
