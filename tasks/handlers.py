"""What a marketplace gives to the engine: handlers, their steps, and the registry of both.

A handler lists the steps of a job and is thin: a step calls a service. How a step may be repeated
is declared where the step is written:

* `atomic_step`: writes our own tables only; runs in the transaction that completes its task.
* `deciding_step`: an atomic step that may ask a person before it goes on.
* `repeatable_step`: an outside call that may be sent again (a PUT by our key, a read).
* `creating_step`: an outside call that must not be sent twice. It names the method that looks
  whether the effect is there, and the one that takes a person's word for it.

`calls` and `appending`, above these, say what a preview has to know of a step.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.conf import settings

from tasks.errors import UnknownHandlerError
from tasks.sentences import sentence

if TYPE_CHECKING:
    from tasks.models import MarketplaceJob

Payload = dict[str, Any]
Receipt = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallRange:
    """How many calls to the marketplace a step makes when each of them is answered."""

    least: int = 1
    most: int | None = 1
    """None: only the answers tell."""


NO_CALL = CallRange(0, 0)
PERHAPS_A_CALL = CallRange(0, 1)
ONE_CALL = CallRange()


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task to be stored: what a person reads, the step to run, and all that determines it."""

    name: str
    step: str
    payload: Payload = field(default_factory=dict)
    calls: CallRange | None = None
    """Where the plan knows better than the step; for previews, and not stored."""


@dataclass(frozen=True, slots=True)
class Appended:
    """A receipt, and tasks that only this step could know of (the next page of a sync)."""

    receipt: Receipt
    tasks: tuple[PlannedTask, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a step is going to append, as far as our own tables tell beforehand."""

    tasks: tuple[PlannedTask, ...] = ()
    is_all: bool = False
    """Nothing else can follow."""


@dataclass(frozen=True, slots=True)
class Found:
    """The effect is there; `receipt` is what the step would have returned."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete read, made after the settle time, shows that the effect is not there."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The look gave no definite answer; `reason` is for a person."""

    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


Look = Found | Absent | CannotTell


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person may answer to a deciding step: two buttons, and what each of them does."""

    yes: str
    yes_means: str
    no: str
    no_means: str


@dataclass(frozen=True, slots=True)
class TaskRun:
    """What a step sees of the task that it runs for."""

    id: int
    name: str
    payload: Payload
    receipts: Mapping[str, Sequence[Receipt]]
    """Receipts of the completed tasks before this one, by step, in order of position."""
    receipt_task_ids: Mapping[str, Sequence[int]]
    """The ids of those tasks, in the same order (for ReceiptGoneError)."""
    decision: bool | None = None
    """What a person answered to a deciding step; None: nobody was asked yet."""

    def receipt(self, step: str) -> Receipt:
        """The newest receipt of `step`; KeyError when the step has not completed."""
        return self.receipts[step][-1]


@dataclass(frozen=True, slots=True)
class IdForm:
    """What the ids of a marketplace look like, so that a wrong one is seen before it is taken."""

    pattern: str
    hint: str
    """The same for a person, and where to find one: a sentence."""

    def fits(self, external_id: str) -> bool:
        return re.fullmatch(self.pattern, external_id) is not None


RECORDING_SECONDS = 3.0


class StepKind(Enum):
    ATOMIC = "atomic"
    REPEATABLE = "repeatable"
    CREATING = "creating"


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine knows of a step."""

    name: str
    kind: StepKind
    deadline: float
    """Seconds for the whole step, from the first connect to the last byte."""
    settle: float = 0.0
    """Seconds after which a request that left is visible in a read, or never will be."""
    find_effect: str = ""
    adopt: str = ""
    looks_first: bool = False
    point_of_no_return: bool = False
    choice: Choice | None = None
    only_reads: bool = False
    """It changes nothing at the marketplace."""
    id_form: IdForm | None = None
    """Of what a creating step makes; None: any text may be an id."""
    calls: CallRange = ONE_CALL
    """Of an outside step; the look before a creating step acts is not among them."""
    appends: bool = False
    """It may append tasks (`BaseJobHandler.foresee`)."""

    @property
    def lease_seconds(self) -> float:
        """How long a lease must hold when this step starts: also while a time-out is recorded."""
        return self.deadline + self.settle + RECORDING_SECONDS


StepMethod = TypeVar("StepMethod", bound=Callable[..., Receipt | Appended])

_STEP = "stoflow_step"


def atomic_step(method: StepMethod) -> StepMethod:
    """Declare a step that only writes our own tables: exactly once, by transaction."""
    lease: float = settings.DISPATCH["lease_seconds"]
    setattr(method, _STEP, Step(method.__name__, StepKind.ATOMIC, deadline=lease))
    return method


def deciding_step(choice: Choice) -> Callable[[StepMethod], StepMethod]:
    """Declare an atomic step that asks a person by raising DecisionNeededError.

    The job ends with the question; the answer resumes it here, with `TaskRun.decision`.
    """

    def declare(method: StepMethod) -> StepMethod:
        lease: float = settings.DISPATCH["lease_seconds"]
        step = Step(method.__name__, StepKind.ATOMIC, deadline=lease, choice=choice)
        setattr(method, _STEP, step)
        return method

    return declare


def repeatable_step(
    *, deadline: float, settle: float = 0.0, only_reads: bool = False
) -> Callable[[StepMethod], StepMethod]:
    """Declare an outside step whose repetition changes nothing more. Times in seconds."""

    def declare(method: StepMethod) -> StepMethod:
        step = Step(method.__name__, StepKind.REPEATABLE, deadline, settle, only_reads=only_reads)
        setattr(method, _STEP, step)
        return method

    return declare


def creating_step(
    *,
    deadline: float,
    settle: float,
    find_effect: str,
    adopt: str,
    looks_first: bool = False,
    point_of_no_return: bool = False,
    id_form: IdForm | None = None,
) -> Callable[[StepMethod], StepMethod]:
    """Declare an outside step that must take effect once.

    `find_effect` names a method (TaskRun) -> Look, `adopt` one (TaskRun, external_id) -> Receipt
    that turns a person's answer into a receipt. `looks_first`: look even when nothing says that
    it was ever started. `point_of_no_return`: cancel waits from here until the job has ended.
    `id_form`: what a person may give as its id.
    """

    def declare(method: StepMethod) -> StepMethod:
        step = Step(
            method.__name__,
            StepKind.CREATING,
            deadline,
            settle,
            find_effect,
            adopt,
            looks_first,
            point_of_no_return,
            id_form=id_form,
        )
        setattr(method, _STEP, step)
        return method

    return declare


def calls(least: int, most: int | None) -> Callable[[StepMethod], StepMethod]:
    """Declare of an outside step how many calls it makes, where that is not one; for previews."""
    return _with(calls=CallRange(least, most))


def appending(method: StepMethod) -> StepMethod:
    """Declare of a step that it may append tasks."""
    return _with(appends=True)(method)


def _with(**more: Any) -> Callable[[StepMethod], StepMethod]:
    def declare(method: StepMethod) -> StepMethod:
        step: Step = getattr(method, _STEP)
        setattr(method, _STEP, replace(step, **more))
        return method

    return declare


class BaseJobHandler(ABC):
    """One (marketplace, action): lists the steps of a job and runs them through a service."""

    marketplace: ClassVar[str]
    marketplace_name: ClassVar[str] = ""
    """As the marketplace writes itself, where capitals alone do not make it."""
    action: ClassVar[str]
    supersedes: ClassVar[frozenset[str]]
    """Actions whose older jobs on the same listing are void once this action was asked for."""
    stops_older: ClassVar[bool] = False
    """Older jobs that it makes void are asked to stop even when they have begun."""
    never_expires: ClassVar[bool] = False
    """Its jobs are wanted however late: no time and no outage ends them."""
    lane_concurrency: ClassVar[int] = 1
    """How many jobs of a new account may run at once; staff can change it on the lane."""
    version: ClassVar[int] = 1
    """Raised when stored plans of an older version must be planned again."""
    steps: ClassVar[Mapping[str, Step]]
    points_of_no_return: ClassVar[frozenset[str]]
    """The steps from whose start on cancel waits for the end of the job."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.steps = {
            step.name: step
            for name in dir(cls)
            if isinstance(step := getattr(getattr(cls, name, None), _STEP, None), Step)
        }
        cls.points_of_no_return = frozenset(
            step.name for step in cls.steps.values() if step.point_of_no_return
        )
        if "supersedes" not in cls.__dict__ and "action" in cls.__dict__:
            cls.supersedes = frozenset({cls.action})

    def __init__(self, job: MarketplaceJob) -> None:
        self.job = job

    @abstractmethod
    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        """The steps of this job in order, from our own tables alone: no outside call."""

    @classmethod  # noqa: B027 - a marketplace may do without
    def probe(cls, account_id: int) -> None:
        """A harmless read that shows whether the marketplace answers; OutageError when not.

        Runs in the tenant's schema, outside a transaction. Without one, the next job is the probe.
        """

    def faults(self) -> list[str]:
        """What would make the job fail at once, as sentences; reads our own tables only."""
        return []

    def foresee(self, _step: str) -> Foreseen:
        """What the step, one that appends, would append now; for previews, without a call."""
        return Foreseen()

    def plan(
        self,
        name: str,
        method: Callable[..., Receipt | Appended],
        payload: Payload | None = None,
        *,
        calls: CallRange | None = None,
    ) -> PlannedTask:
        """One planned task that runs `method`, a step of this handler."""
        step: Step = getattr(method, _STEP)
        return PlannedTask(name, step.name, payload or {}, calls)


_handlers: dict[tuple[str, str], type[BaseJobHandler]] = {}

Handler = TypeVar("Handler", bound=type[BaseJobHandler])


def register(handler: Handler) -> Handler:
    """Class decorator: the engine finds `handler` by its marketplace and action from now on."""
    key = (handler.marketplace, handler.action)
    known = _handlers.setdefault(key, handler)
    if known is not handler and known.__qualname__ != handler.__qualname__:
        raise ValueError(f"{key} is handled by {known!r} already, so {handler!r} cannot be.")
    return handler


def handler_for(marketplace: str, action: str) -> type[BaseJobHandler]:
    """The handler of (marketplace, action); UnknownHandlerError when none is installed."""
    try:
        return _handlers[marketplace, action]
    except KeyError:
        raise UnknownHandlerError(
            sentence(
                "StoFlow has no handler for {action} on {marketplace}.",
                action=action,
                marketplace=marketplace,
            )
        ) from None


def find(marketplace: str, action: str) -> type[BaseJobHandler] | None:
    """The handler of (marketplace, action), or None."""
    return _handlers.get((marketplace, action))


def first_of(marketplace: str) -> type[BaseJobHandler] | None:
    """Some handler of the marketplace, or None."""
    return next((each for (place, _), each in _handlers.items() if place == marketplace), None)


def registered() -> list[tuple[str, str]]:
    """Every (marketplace, action) that has a handler, sorted."""
    return sorted(_handlers)


def name_of(marketplace: str) -> str:
    """The marketplace's name as its handlers give it; "" when none does."""
    named = (each for (place, _), each in _handlers.items() if place == marketplace)
    return next((each.marketplace_name for each in named if each.marketplace_name), "")


_by_hand: set[str] = set()


def let_go_on_by_hand(marketplace: str) -> None:
    """An account that the marketplace has shut out is not connected again there: the seller puts
    it right in their own browser, and then staff let the work go on."""
    _by_hand.add(marketplace)


def goes_on_by_hand(marketplace: str) -> bool:
    """Whether staff let the work go on after such a stop."""
    return marketplace in _by_hand


def gone_on_by_hand() -> list[str]:
    """The marketplaces after whose stops staff let the work go on, sorted."""
    return sorted(_by_hand)


def step_of(marketplace: str, action: str, step: str) -> Step | None:
    """What is known of a stored task's step; None when its code is gone."""
    handler = _handlers.get((marketplace, action))
    return None if handler is None else handler.steps.get(step)


def supersedes(marketplace: str, newer_action: str, older_action: str) -> bool:
    """Whether a newer job makes an older one of the same product void."""
    handler = _handlers.get((marketplace, newer_action))
    if handler is None:
        return newer_action == older_action
    return older_action in handler.supersedes
