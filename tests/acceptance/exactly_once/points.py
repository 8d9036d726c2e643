"""What can go wrong where: every fault at every step of every way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random

from tasks.handlers import StepKind
from tests.acceptance.exactly_once.ways import Way

PLANNING = "planning"
"""What comes before the first step."""


class Fault(Enum):
    """What happens to a worker, or to its call. What is before one commit is after the former."""

    KILLED_BEFORE_CALL = "killed before the call"
    KILLED_LATE_EFFECT = "killed, effect after its death"
    KILLED_AFTER_EFFECT = "killed after the effect"
    KILLED_BEFORE_COMMIT = "killed before the commit"
    KILLED_COMMITTING = "killed, commit under way"
    KILLED_AFTER_END = "killed after the last commit"
    CUT = "answer lost"
    ERROR = "500 after the effect"
    LIMIT_TOLD = "429 with Retry-After"
    LIMIT_UNTOLD = "429 without Retry-After"
    TOKEN_EXPIRED = "token expired"
    FROZEN = "two workers at once"
    TOKEN_LOST = "killed with a new refresh token unsaved"
    DATABASE = "PostgreSQL stopped at once"
    # Where the seller's browser makes the calls:
    BROWSER_TOLD = "browser killed once it was told"
    BROWSER_ASKING = "browser killed asking for leave"
    BROWSER_BEGUN = "browser killed before the effect"
    BROWSER_LATE_EFFECT = "browser killed, effect after its death"
    BROWSER_AFTER_EFFECT = "browser killed after the effect"
    BROWSER_ANSWERING = "browser killed, its answer not acknowledged"
    SERVER_TELLING = "plugin server killed, browser not told"
    SERVER_GRANTING = "plugin server killed, leave not recorded"
    SERVER_GRANTED = "plugin server killed, leave not told"
    SERVER_MEANWHILE = "plugin server killed during the call"
    SERVER_STORING = "plugin server killed, answer not stored"
    SERVER_STORED = "plugin server killed, answer not acknowledged"
    SECOND_BROWSER = "a second browser comes"
    SIGNED_OUT = "signed out before the call"


KILLS = tuple(fault for fault in Fault if fault.name.startswith("KILLED"))
BROWSER_KILLS = tuple(fault for fault in Fault if fault.name.startswith("BROWSER"))
SERVER_KILLS = tuple(fault for fault in Fault if fault.name.startswith("SERVER"))
LINK = (*BROWSER_KILLS, *SERVER_KILLS, Fault.SECOND_BROWSER, Fault.SIGNED_OUT)
"""Faults between a worker and the marketplace, where a browser is there."""
_APART = (Fault.TOKEN_LOST, Fault.DATABASE, *LINK)
TROUBLES = tuple(fault for fault in Fault if fault not in {*KILLS, *_APART})
"""The other faults, of which CI meets a sample."""
ANSWER_LOST = {
    Fault.KILLED_LATE_EFFECT,
    Fault.KILLED_AFTER_EFFECT,
    Fault.KILLED_BEFORE_COMMIT,
    Fault.CUT,
    Fault.ERROR,
    Fault.FROZEN,
    Fault.DATABASE,
}
"""The effect was had, and nobody here knows."""
LOST_WITH_BROWSER = {
    Fault.CUT,
    Fault.ERROR,
    Fault.BROWSER_LATE_EFFECT,
    Fault.BROWSER_AFTER_EFFECT,
}
"""The same where an answer that the browser has is not lost any more."""
RECOVERABLE = (
    Fault.KILLED_BEFORE_CALL,
    Fault.KILLED_LATE_EFFECT,
    Fault.KILLED_AFTER_EFFECT,
    Fault.KILLED_BEFORE_COMMIT,
)
"""Kills after which another worker has something to put right, and can be killed in it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One fault in one step of one way."""

    way: Way
    step: str
    fault: Fault
    twice: bool = False
    """The worker that puts it right is killed as well."""

    @property
    def call(self) -> str:
        return self.way.steps.get(self.step, "")

    @property
    def look(self) -> str:
        return self.way.looks.get(self.step, "")

    @property
    def told(self) -> str:
        return f"{self.fault.value}, recovery killed too" if self.twice else self.fault.value

    def __str__(self) -> str:
        return f"{self.way}, {self.step}: {self.told}"

    @property
    def expected(self) -> dict[str, int]:
        """How often each call takes effect. A photo whose upload was not answered is sent again:
        at eBay the first picture expires unused, at Etsy the second takes its place."""
        effects = dict(self.way.effects)
        if self.step.startswith("upload") and self.call:
            effects[self.call] += self._lost_uploads
        return effects

    @property
    def _lost_uploads(self) -> int:
        """What is noted with the answer is not lost with the commit."""
        if self.way.keeps_answers:
            return int(self.fault in LOST_WITH_BROWSER)
        at_commit = int(not self.way.notes_uploads)
        if self.fault is Fault.KILLED_BEFORE_COMMIT:
            return at_commit * (1 + int(self.twice))
        return int(self.fault in ANSWER_LOST) + at_commit * int(self.twice)


_OF_WRITES = {
    Fault.KILLED_LATE_EFFECT,
    Fault.KILLED_AFTER_EFFECT,
    Fault.FROZEN,
    Fault.DATABASE,
    *LINK,
} - {Fault.SERVER_MEANWHILE, Fault.BROWSER_AFTER_EFFECT}


def kills(ways: Iterable[Way]) -> list[Point]:
    return list(_points(ways, KILLS))


def second_kills(ways: Iterable[Way]) -> list[Point]:
    return [
        Point(point.way, point.step, point.fault, twice=True)
        for point in _points(ways, RECOVERABLE)
    ]


def second_kills_while_looking(ways: Iterable[Way]) -> list[Point]:
    """After the browser, which takes the answer with it."""
    found = of(ways, Fault.BROWSER_AFTER_EFFECT)
    return [Point(each.way, each.step, each.fault, twice=True) for each in found if each.look]


def troubles(ways: Iterable[Way]) -> list[Point]:
    return list(_points(ways, TROUBLES))


def of(ways: Iterable[Way], *faults: Fault) -> list[Point]:
    return list(_points(ways, faults))


def covering(found: list[Point], rng: Random) -> list[Point]:
    """Few of the points, by chance, that leave out no step of a way and no fault of a handler."""
    chosen: list[Point] = []
    met: set[tuple[object, ...]] = set()
    for point in rng.sample(found, len(found)):
        way = point.way
        news = {(way, point.step), (way.marketplace, way.action, point.told)} - met
        if news:
            chosen.append(point)
            met |= news
    return chosen


def _points(ways: Iterable[Way], faults: Iterable[Fault]) -> Iterator[Point]:
    """A step with the same call in two ways of a handler is examined in the first."""
    seen: set[tuple[str, str, str, str]] = set()
    wanted = list(faults)
    for way in ways:
        for step in (PLANNING, *way.steps):
            key = (way.marketplace, way.action, step, way.steps.get(step, ""))
            if key in seen and step not in way.also:
                continue
            seen.add(key)
            yield from (
                Point(way, step, fault) for fault in wanted if _makes_sense(way, step, fault)
            )


def _makes_sense(way: Way, step: str, fault: Fault) -> bool:
    match fault:
        case Fault.KILLED_BEFORE_COMMIT:
            return True
        case Fault.KILLED_AFTER_END:
            return step == way.last_step
        case Fault.KILLED_COMMITTING:
            # A transaction of several statements, as atomic steps and the last move have, goes
            # with its worker.
            return step != PLANNING and _commits_alone(way, step)
        case _ if fault in _OF_WRITES:
            return step != PLANNING and way.is_write(step)
        case _:
            return bool(way.steps.get(step))


def _commits_alone(way: Way, step: str) -> bool:
    return way.kind(step) is not StepKind.ATOMIC and step != way.last_step
