"""What a number of jobs have before them, in numbers: steps skipped, own steps, outside calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tasks.wording import without_number

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepCalls:
    """The calls to a marketplace of one kind of step."""

    task_name: str
    """Of one of its tasks: “Upload image 1/3”."""
    acts: int = 0
    looks: int = 0
    """Calls that see whether it is there already, before acting or instead of it."""
    spare: int = 0
    """Calls besides that may turn out to be needed."""

    @property
    def total(self) -> int:
        """Without the spare ones."""
        return self.acts + self.looks


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to a marketplace, by kind of step in the order of the plan."""

    kinds: tuple[StepCalls, ...] = ()
    is_open: bool = False
    """More may follow, which only the marketplace's answers tell."""

    @property
    def looks(self) -> int:
        return sum(kind.looks for kind in self.kinds)

    @property
    def total(self) -> int:
        """At least so many."""
        return sum(kind.total for kind in self.kinds)

    @property
    def most(self) -> int | None:
        """None: nobody can tell."""
        return None if self.is_open else self.total + self.spare

    @property
    def spare(self) -> int:
        return sum(kind.spare for kind in self.kinds)

    def __add__(self, other: Calls) -> Calls:
        is_open = self.is_open or other.is_open
        return calls_of((*self.kinds, *other.kinds), is_open=is_open)

    def times(self, factor: float) -> Calls:
        """As many for each kind, rounded, so that the kinds still add up to the total."""
        return Calls(
            tuple(
                StepCalls(
                    kind.task_name,
                    round(kind.acts * factor),
                    round(kind.looks * factor),
                    round(kind.spare * factor),
                )
                for kind in self.kinds
            ),
            self.is_open,
        )


def calls_of(calls: Iterable[StepCalls], *, is_open: bool = False) -> Calls:
    """Single calls, or already counted ones, put together by kind."""
    kinds: dict[str, StepCalls] = {}
    for call in calls:
        kind = without_number(call.task_name)
        known = kinds.get(kind, StepCalls(call.task_name))
        kinds[kind] = StepCalls(
            known.task_name,
            known.acts + call.acts,
            known.looks + call.looks,
            known.spare + call.spare,
        )
    return Calls(tuple(kind for kind in kinds.values() if kind.total or kind.spare), is_open)


@dataclass(frozen=True, slots=True)
class Workload:
    """Of several jobs together, and how it is known."""

    kept: int = 0
    """Steps that are done, and not done again."""
    own: int = 0
    """Steps on our own tables."""
    calls: Calls = field(default_factory=Calls)
    planned: int = 0
    """Jobs that were planned as a worker will plan them."""
    stored: int = 0
    """Jobs that were counted from the plan that is stored; a changed product changes it."""
    estimated: int = 0
    """Jobs that are taken to be like planned ones."""
    unfit: int = 0
    """Jobs that would fail at once, without a call."""

    @property
    def jobs(self) -> int:
        return self.planned + self.stored + self.estimated

    @property
    def is_exact(self) -> bool:
        return not (self.stored or self.estimated)

    def __add__(self, other: Workload) -> Workload:
        return Workload(
            self.kept + other.kept,
            self.own + other.own,
            self.calls + other.calls,
            self.planned + other.planned,
            self.stored + other.stored,
            self.estimated + other.estimated,
            self.unfit + other.unfit,
        )

    def extended_to(self, jobs: int) -> Workload:
        """The workload of so many jobs, of which the planned ones are a sample."""
        if jobs == self.planned or not self.planned:
            return self
        factor = jobs / self.planned
        return Workload(
            round(self.kept * factor),
            round(self.own * factor),
            self.calls.times(factor),
            planned=self.planned,
            estimated=jobs - self.planned,
            unfit=round(self.unfit * factor),
        )


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many of them, from everywhere between the first and the last: a fair sample.

    In an order in which every beginning of the sample is one too, in case time is short.
    """
    number = min(len(items), most)
    return [items[place * len(items) // number] for place in _halving(number)]


def _halving(number: int) -> Iterator[int]:
    """0 … number - 1 in the order of their bits read backwards: 0, 4, 2, 6, 1, 5, 3, 7."""
    bits = max(number - 1, 0).bit_length()
    for place in range(1 << bits):
        backwards = int(f"{place:0{bits}b}"[::-1] or "0", 2) if bits else 0
        if backwards < number:
            yield backwards
