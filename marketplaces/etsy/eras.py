"""Etsy's eras, its field when_made: their borders move with the calendar year.

Things of the last 19 years are new, older ones are vintage. In 2026 the document's list is
made_to_order, 2020_2026, 2010_2019, 2007_2009, before_2007, 2000_2006, 1990s … 1900s, 1800s, 1700s,
before_1700: computed here, so that no release is needed on New Year's Day.
"""

from __future__ import annotations

import re

MADE_TO_ORDER = "made_to_order"
_NEW_YEARS = 19
_FIRST_DECADE = 1900
_SPAN = re.compile(r"(\d{4})_(\d{4})")


def eras(year: int) -> tuple[str, ...]:
    """What Etsy takes in `year`, in the order of its document."""
    first_new = year - _NEW_YEARS
    border = first_new - first_new % 10
    new = [
        f"{max(decade, first_new)}_{min(decade + 9, year)}"
        for decade in range(year - year % 10, border - 1, -10)
    ]
    vintage = [f"{border}_{first_new - 1}"] if first_new > border else []
    decades = [f"{decade}s" for decade in range(border - 10, _FIRST_DECADE - 1, -10)]
    return (
        MADE_TO_ORDER,
        *new,
        f"before_{first_new}",
        *vintage,
        *decades,
        "1800s",
        "1700s",
        "before_1700",
    )


def era_of(chosen: str, year: int) -> str:
    """Etsy's present name of what the seller chose; empty when it is none.

    `chosen` is one of Etsy's names, also of an earlier year ("2020_2025"), or a year ("1987").
    """
    text = chosen.strip().lower().replace(" ", "_").replace("-", "_")
    known = eras(year)
    if text in known:
        return text
    if text.startswith("before_"):
        return f"before_{year - _NEW_YEARS}"
    span = _SPAN.fullmatch(text)
    made = span[2] if span else text
    return _of_year(int(made), known, year) if made.isdecimal() and len(made) == 4 else ""


def _of_year(made: int, known: tuple[str, ...], year: int) -> str:
    if made > year:
        return ""
    for era in known:
        if (span := _SPAN.fullmatch(era)) and int(span[1]) <= made <= int(span[2]):
            return era
    if made < 1700:
        return "before_1700"
    return f"{made // 100}00s" if made < _FIRST_DECADE else f"{made // 10}0s"
