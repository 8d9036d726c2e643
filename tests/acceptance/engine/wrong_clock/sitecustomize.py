"""Gives a Python process a clock that is wrong by CLOCK_IS_WRONG_BY seconds.

Python imports this module at its start when the folder is on PYTHONPATH. `time.monotonic` stays
true, as it does on a machine whose clock is wrong.
"""

from __future__ import annotations

import copyreg
import datetime  # noqa: ICN001 - it is the module that is changed
import os
import time
from collections.abc import Callable

OFFSET = float(os.environ.get("CLOCK_IS_WRONG_BY", "0"))

true_time = time.time
TrueDatetime = datetime.datetime


def wrong_time() -> float:
    return true_time() + OFFSET


class AnyDatetime(type):
    """isinstance(moment, datetime) stays true of moments that were made before, or in C."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TrueDatetime)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, TrueDatetime)


class WrongDatetime(TrueDatetime, metaclass=AnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> TrueDatetime:  # type: ignore[override]
        return TrueDatetime.fromtimestamp(wrong_time(), tz)

    @classmethod
    def utcnow(cls) -> TrueDatetime:  # type: ignore[override]
        return TrueDatetime.fromtimestamp(wrong_time(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> TrueDatetime:  # type: ignore[override]
        return cls.now()


def restored(text: str) -> TrueDatetime:
    return TrueDatetime.fromisoformat(text)


def reduced(moment: TrueDatetime) -> tuple[Callable[..., TrueDatetime], tuple[str]]:
    """pickle would look for the true class under its name, where the wrong one is now."""
    return restored, (moment.isoformat(),)


if OFFSET:
    copyreg.pickle(TrueDatetime, reduced)
    time.time = wrong_time
    datetime.datetime = WrongDatetime  # type: ignore[misc]
