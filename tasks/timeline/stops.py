"""What cuts a stretch in which nobody worked: pauses, and an end that a person's retry undid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tasks.pauses import Pause
from tasks.timeline.bars import Bar
from tasks.timeline.facts import Retry
from tasks.timeline.waits import Wait

NOTICEABLE = timedelta(milliseconds=300)
"""A shorter pause between two steps is the engine's own, and not worth a bar."""


@dataclass(frozen=True, slots=True)
class Stops:
    """In the order in which they began."""

    pauses: Sequence[Pause]
    retries: Sequence[Retry]

    def cut(self, whole: Bar) -> Iterator[Bar]:
        """A stretch without work as bars: it had ended until its last retry, then it waited."""
        retry = next((one for one in reversed(self.retries) if self._undid_end(one, whole)), None)
        if retry is None:
            yield from [whole] if whole.wait is Wait.ENDED else self._cut_by_pauses(whole)
            return
        yield replace(whole, end=retry.at, wait=Wait.ENDED, by=retry.by, is_open=False)
        waited = whole if whole.is_open else replace(whole, wait=Wait.QUEUE)
        if whole.is_open or whole.end - retry.at > NOTICEABLE:
            yield from self._cut_by_pauses(replace(waited, start=retry.at))

    def _undid_end(self, retry: Retry, whole: Bar) -> bool:
        return whole.start + NOTICEABLE < retry.at <= whole.end

    def _cut_by_pauses(self, whole: Bar) -> Iterator[Bar]:
        """The pauses that fell into a stretch of waiting become bars of their own."""
        at = whole.start
        for pause in self.pauses:
            start, end = max(pause.start, at), min(pause.end or whole.end, whole.end)
            if end - start <= NOTICEABLE and pause.end is not None:
                continue
            if start - at > NOTICEABLE:
                yield replace(whole, start=at, end=start, is_open=False)
            wait = Wait.ACCOUNT_PAUSED if pause.is_of_account else Wait.PAUSED
            goes_on = whole.is_open and pause.end is None
            yield replace(whole, start=min(start, end), end=end, wait=wait, is_open=goes_on,
                          by=pause.by, because=pause.reason)  # fmt: skip
            at = max(at, end)
            if goes_on:
                return
        if at == whole.start or whole.is_open or whole.end - at > NOTICEABLE:
            yield replace(whole, start=at)
