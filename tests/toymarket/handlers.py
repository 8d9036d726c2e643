"""Handlers that do what their job's payload says.

payload: {"world": path, "script": {"<step>": ["ok", "transient", …]}, "photos": 2, "steps": 10}
The n-th call of a step follows the n-th word of its script; after the last one all is well.
In a batch, "scripts" has a script by product id. "pace": seconds before and after each effect.

Words: the keys of RAISES, "sleep:<seconds>", "receipt_gone"; "kill_before" and "stop_before"
(SIGKILL, SIGSTOP to the worker itself, before the effect); and with "_after", after the effect:
"kill_after", "stop_after", "<key of RAISES>_after".
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from marketplaces.models import Account
from tasks.deadlines import remaining_seconds
from tasks.errors import (
    ApplicationRefusedError,
    AuthorizationError,
    DecisionNeededError,
    OfflineError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    PostponedError,
    RateLimitedError,
    ReceiptGoneError,
    RefusalInDoubtError,
    RestError,
    TransientError,
)
from tasks.handlers import (
    Absent,
    Appended,
    BaseJobHandler,
    CannotTell,
    Choice,
    Found,
    IdForm,
    Look,
    PlannedTask,
    Receipt,
    Step,
    StepMethod,
    TaskRun,
    appending,
    atomic_step,
    creating_step,
    deciding_step,
    register,
    repeatable_step,
)
from tasks.models import MarketplaceJob
from tests.toymarket.world import World

DEADLINE = float(os.environ.get("TOY_DEADLINE_SECONDS", "2"))
SETTLE = float(os.environ.get("TOY_SETTLE_SECONDS", "0.5"))
ATOMIC_LEASE = float(os.environ.get("TOY_ATOMIC_SECONDS", "30"))

TOY_ID = IdForm(r"[A-Za-z0-9-]+", "A toy's id is letters, digits and dashes, as on its tag.")

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}

MEANWHILE: dict[str, Callable[[], object]] = {}
"""What somebody else does, in this process, during the next call of a step."""

STEP_ATTRIBUTE = "stoflow_step"
"""Where the engine's declarations of steps are kept on a method."""


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=10)


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(hours=10)


RAISES: dict[str, Callable[[], BaseException]] = {
    "transient": lambda: TransientError("The toy market is busy."),
    "outage": lambda: OutageError("The toy market is closed."),
    "permanent": lambda: PermanentError("The toy market refuses this.", advice="Paint it red."),
    "unstorable": lambda: PermanentError(
        "No.\0\ud800", advice="Ask\0.", evidence={"body": "\0garbage"}
    ),
    "unknown": lambda: OutcomeUnknownError("The toy market did not answer."),
    "refused": lambda: RefusalInDoubtError("The toy market refuses this, or it is there."),
    "auth": lambda: AuthorizationError("The toy market no longer knows us."),
    "rate_limited": lambda: RateLimitedError("Too many toys.", retry_after=60),
    "application": lambda: ApplicationRefusedError("StoFlow is no toy shop.", retry_after=600),
    "postponed": lambda: PostponedError("No more toys today.", until=_tomorrow()),
    "rest": lambda: RestError("One toy at a time.", until=_soon()),
    "offline": lambda: OfflineError("The seller's toy box is closed."),
    "bug": lambda: KeyError("offer"),
    "exit": lambda: SystemExit("timed out"),
}


def quick_atomic_step(method: StepMethod) -> StepMethod:
    """An atomic step whose worker is missed after ATOMIC_LEASE instead of the usual 30 s."""
    declared = atomic_step(method)
    step: Step = getattr(declared, STEP_ATTRIBUTE)
    setattr(declared, STEP_ATTRIBUTE, replace(step, deadline=ATOMIC_LEASE))
    return declared


class ToyHandler(BaseJobHandler):
    marketplace: ClassVar[str] = "toy"

    @property
    def world(self) -> World:
        return World(Path(self.job.payload["world"]))

    @classmethod
    def probe(cls, account_id: int) -> None:
        """Asks the world that the account's settings name, if they do."""
        path = Account.objects.values_list("settings__world", flat=True).get(pk=account_id)
        if path is not None:
            World(Path(path)).record("probe", str(account_id))
            World(Path(path)).require_open()

    @property
    def subject(self) -> str:
        return f"product-{self.job.product_id}"

    def act(self, step: str, effect: str | None, task: TaskRun | None = None) -> None:
        """Follow the script for this call of `step`; `effect` is what it does to the world."""
        word = self._next_word(step)
        if task is not None:
            self.world.record("began", f"{task.id} {time.clock_gettime(time.CLOCK_REALTIME):.6f}")
        MEANWHILE.pop(step, lambda: None)()
        if word.startswith("sleep:"):
            time.sleep(float(word.removeprefix("sleep:")))
        time.sleep(self.job.payload.get("pace", 0))
        if word.endswith("_before"):
            self._suffer(word.removesuffix("_before"))
        if word == "receipt_gone":
            assert task is not None
            raise ReceiptGoneError(
                "A photo has expired.", task_ids=tuple(task.receipt_task_ids["upload"])
            )
        if word in RAISES:
            raise RAISES[word]()
        if effect is not None:
            self._send(effect)
        time.sleep(self.job.payload.get("pace", 0))
        if word.endswith("_after"):
            self._suffer(word.removesuffix("_after"))

    def _send(self, effect: str) -> None:
        """As `marketplaces.http` does: nothing is sent once the step's time is used up."""
        left = remaining_seconds()
        if left is not None and left <= 0:
            raise TransientError("The step's time was used up: nothing was sent.")
        self.world.require_open()
        self.world.record("effect", effect)

    def _suffer(self, word: str) -> None:
        if word in SIGNALS:
            os.kill(os.getpid(), SIGNALS[word])
        else:
            raise RAISES[word]()

    def _next_word(self, step: str) -> str:
        payload = self.job.payload
        scripts = payload.get("scripts", {})
        script: dict[str, list[str]] = scripts.get(
            str(self.job.product_id), payload.get("script", {})
        )
        words = script.get(step, [])
        number = self.world.calls(step, self.subject)
        self.world.record("call", f"{step} {self.subject}")
        return words[number] if number < len(words) else "ok"


@register
class PublishHandler(ToyHandler):
    """validate, photos, create, publish (point of no return), save."""

    action: ClassVar[str] = "publish"
    supersedes: ClassVar[frozenset[str]] = frozenset({"publish", "update"})

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        photos = job.payload.get("photos", 2)
        if "world" in job.payload:
            self.act("plan", None)
        yield self.plan("Validate product", self.validate)
        for number in range(1, photos + 1):
            name = f"Upload image {number}/{photos}"
            yield self.plan(name, self.upload, {"position": number, "photo": number})
        edition = job.payload.get("edition")
        yield self.plan("Create listing", self.create, {"edition": edition} if edition else None)
        yield self.plan("Publish listing", self.publish)
        yield self.plan("Save result", self.save)

    @quick_atomic_step
    def validate(self, task: TaskRun) -> Receipt:
        self.act("validate", None, task)
        return {"valid": True}

    @repeatable_step(deadline=DEADLINE, settle=SETTLE)
    def upload(self, task: TaskRun) -> Receipt:
        self.act("upload", f"photo {self.subject} {task.payload['photo']}", task)
        return {"image": task.payload["photo"]}

    @creating_step(
        deadline=DEADLINE,
        settle=SETTLE,
        find_effect="find_listing",
        adopt="adopt",
        id_form=TOY_ID,
    )
    def create(self, task: TaskRun) -> Receipt:
        self.act("create", f"listing {self.subject}", task)
        return {"listing": self.subject, "images": [r["image"] for r in task.receipts["upload"]]}

    def find_listing(self, task: TaskRun) -> Look:
        return self._find("listing")

    @creating_step(
        deadline=DEADLINE,
        settle=SETTLE,
        find_effect="find_live",
        adopt="adopt",
        point_of_no_return=True,
        id_form=TOY_ID,
    )
    def publish(self, task: TaskRun) -> Receipt:
        self.act("publish", f"live {self.subject}", task)
        return {"live": self.subject}

    def find_live(self, task: TaskRun) -> Look:
        return self._find("live")

    @quick_atomic_step
    def save(self, task: TaskRun) -> Receipt:
        self.act("save", None, task)
        return {"saved": True}

    def adopt(self, task: TaskRun, external_id: str) -> Receipt:
        if external_id == "wrong":
            raise PermanentError("The toy market does not know “wrong”.")
        return {"listing": external_id, "adopted": True}

    def _find(self, kind: str) -> Look:
        word = self._next_word(f"find_{kind}")
        if word == "cannot_tell":
            return CannotTell("The list of toys is cut off.")
        if word in RAISES:
            raise RAISES[word]()
        found = self.world.effects()[f"{kind} {self.subject}"]
        return Found({"listing": self.subject, "found": True}) if found else Absent()


@register
class UpdateHandler(ToyHandler):
    action: ClassVar[str] = "update"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Send update", self.send)

    @repeatable_step(deadline=DEADLINE, settle=SETTLE)
    def send(self, task: TaskRun) -> Receipt:
        self.act("send", f"update {self.subject}", task)
        return {}


@register
class UnpublishHandler(UpdateHandler):
    action: ClassVar[str] = "unpublish"
    supersedes: ClassVar[frozenset[str]] = frozenset({"publish", "update", "unpublish"})
    never_expires: ClassVar[bool] = True
    stops_older: ClassVar[bool] = True


@register
class SyncHandler(ToyHandler):
    """A sweep whose length shows only page by page."""

    action: ClassVar[str] = "sync"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Read page 1", self.read_page, {"page": 1})

    @appending
    @repeatable_step(deadline=DEADLINE, settle=SETTLE)
    def read_page(self, task: TaskRun) -> Receipt | Appended:
        page: int = task.payload["page"]
        self.act("read_page", f"page {page}")
        if page >= self.job.payload.get("pages", 3):
            return {"page": page}
        following = self.plan(f"Read page {page + 1}", self.read_page, {"page": page + 1})
        return Appended({"page": page}, (following,))


@register
class ClearHandler(ToyHandler):
    """Counts what would go, asks a person whether it may, and does so."""

    action: ClassVar[str] = "clear"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Count the toys", self.count)
        yield self.plan("Clear the shelf", self.clear)
        yield self.plan("Save result", self.save)

    @repeatable_step(deadline=DEADLINE, settle=SETTLE)
    def count(self, task: TaskRun) -> Receipt:
        self.act("count", "counted", task)
        return {"toys": 40}

    @deciding_step(
        Choice(
            yes="Clear the shelf",
            yes_means="All toys go.",
            no="Leave them",
            no_means="The toys stay where they are.",
        )
    )
    def clear(self, task: TaskRun) -> Receipt:
        self.act("clear", None, task)
        if task.decision is None:
            raise DecisionNeededError("40 of 41 toys would go.", advice="Look at the shelf.")
        return {"cleared": task.decision}

    @quick_atomic_step
    def save(self, task: TaskRun) -> Receipt:
        self.act("save", "cleared" if task.receipt("clear")["cleared"] else None, task)
        return {}


@register
class CountHandler(BaseJobHandler):
    """Tasks that do nothing at all: what is left is the engine."""

    marketplace: ClassVar[str] = "toy"
    action: ClassVar[str] = "count"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        steps: int = job.payload.get("steps", 10)
        return [self.plan(f"Count to {n}", self.count, {"n": n}) for n in range(1, steps + 1)]

    @repeatable_step(deadline=30.0)
    def count(self, task: TaskRun) -> dict[str, Any]:
        return {"n": task.payload["n"]}
