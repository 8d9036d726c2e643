"""eBay's calendar day, by which it counts the revisions of a listing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EBAY_TIME = ZoneInfo("America/Los_Angeles")
"""Assumed: the Inventory API's document says "calendar day" and names no time zone; eBay's own
clock ("eBay time") is Pacific time."""


def day_of(moment: datetime) -> date:
    return moment.astimezone(EBAY_TIME).date()


def next_day(moment: datetime) -> datetime:
    """When the calendar day after `moment` begins at eBay."""
    return datetime.combine(day_of(moment) + timedelta(days=1), time.min, EBAY_TIME)
