"""Requests that hang until somebody lets them go: to kill a client at one exact moment."""

import asyncio
from dataclasses import dataclass, field

from marketplaces.sandbox.reports import HoldReport


@dataclass
class Hold:
    report: HoldReport
    released: asyncio.Event = field(default_factory=asyncio.Event)
    effect: bool | None = None
    """For a hold before the effect: have it or not; None = only if the caller is still there."""


class Holds:
    def __init__(self) -> None:
        self._held: dict[int, Hold] = {}
        self._last = 0

    async def wait(
        self, *, request_id: int, route: str, path: str, subject: str, kind: str, match: str
    ) -> Hold:
        """Hang until released, and return what the releaser said."""
        self._last += 1
        hold = Hold(
            HoldReport(
                id=self._last,
                request_id=request_id,
                route=route,
                path=path,
                subject=subject,
                kind=kind,
                match=match,
                effect=kind == "hold_after",
            )
        )
        self._held[self._last] = hold
        await hold.released.wait()
        return hold

    def release(self, key: int | None = None, *, effect: bool | None = None) -> int:
        """Let one go, or all; the number of those let go."""
        chosen = [each for each in self._held if key is None or each == key]
        for each in chosen:
            hold = self._held.pop(each)
            hold.effect = effect
            hold.released.set()
        return len(chosen)

    def report(self) -> list[HoldReport]:
        return [hold.report for hold in self._held.values()]
