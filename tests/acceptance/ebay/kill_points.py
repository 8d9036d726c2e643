"""Every moment at which a worker can die in a publication, and how to meet it there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from marketplaces.ebay.handlers import PublishHandler
from marketplaces.models import Product
from marketplaces.sandbox.reports import HoldReport
from tasks.handlers import StepKind
from tasks.models import MarketplaceJob
from tasks.states import JobStatus
from tests.acceptance.ebay import gates, routes
from tests.acceptance.ebay.gates import Gate, Gatekeeper
from tests.acceptance.ebay.shop import EbayShop, Stage, leased_pid
from tests.acceptance.processes import marked, send_signal, until


class Moment(Enum):
    """Where the worker is when it is killed."""

    BEFORE_CALL = "before the call"
    EFFECT_AFTER_DEATH = "request left, effect after the death"
    AFTER_EFFECT = "after the effect, before the answer"
    AFTER_ANSWER = "after the answer, before the commit"
    COMMIT_ON_ITS_WAY = "commit sent, effect after the death"
    AFTER_COMMIT = "after the commit"


@dataclass(frozen=True, slots=True)
class Point:
    """One kill: in which step, at which moment, of which kind of photo where that matters."""

    step: str
    moment: Moment
    photo: str = ""
    action: str = "publish"

    def __str__(self) -> str:
        name = f"{self.step} ({self.photo})" if self.photo else self.step
        return f"{name}, {self.moment.value}"

    @property
    def expected_effects(self) -> int:
        """How often the step's own call takes effect in all."""
        if self.step in ROUTES and self.step not in READS:
            # An upload whose answer was lost is sent again; the first picture expires unused.
            lost = {Moment.AFTER_EFFECT, Moment.AFTER_ANSWER}
            return 1 + int(self.step == "upload_image" and self.moment in lost)
        return 0

    @property
    def expected_writes(self) -> int:
        """How often eBay acts on the step's own write: also when it changes nothing more."""
        if self.step not in ROUTES or self.step in READS:
            return 0
        if PublishHandler.steps[self.step].kind is StepKind.CREATING:
            return 1
        lost = {Moment.EFFECT_AFTER_DEATH, Moment.AFTER_EFFECT, Moment.AFTER_ANSWER}
        return 1 + int(self.moment in lost)


ROUTES = {
    "confirm": routes.READ_OFFER,
    "look_whether_sold": routes.READ_OFFER,
    "upload_image": routes.UPLOAD_LINK,
    "save_inventory_item": routes.PUT_ITEM,
    "create_offer": routes.CREATE_OFFER,
    "update_offer": routes.UPDATE_OFFER,
    "publish_offer": routes.PUBLISH,
}
"""The call of every outside step."""
READS = frozenset({"confirm", "look_whether_sold"})
"""Steps that change nothing at eBay."""

CHANGES = {
    "look": routes.READ_OFFER,
    "set_price_and_stock": routes.SET_PRICE,
    "withdraw": routes.WITHDRAW,
    "delete_offer": routes.DELETE_OFFER,
    "delete_item": routes.DELETE_ITEM,
}
"""The call of every outside step that only other actions have."""
UPLOADS = {"file": routes.UPLOAD_FILE, "link": routes.UPLOAD_LINK}
OUTSIDE_MOMENTS = tuple(Moment)
ATOMIC_MOMENTS = {
    "planning": (Moment.AFTER_ANSWER,),
    "validate": (Moment.AFTER_ANSWER, Moment.AFTER_COMMIT),
    "map_product": (Moment.BEFORE_CALL, Moment.AFTER_ANSWER, Moment.AFTER_COMMIT),
    "save_result": (Moment.BEFORE_CALL, Moment.AFTER_ANSWER, Moment.AFTER_COMMIT),
}
"""A step on our own tables has no request and no answer. `validate` writes nothing: between its
beginning and its commit there is nothing to tell apart. `planning` is what comes before the first
step."""


def all_points() -> list[Point]:
    """Atomic steps first: their leases are the longest to wait for."""
    return [*_atomic_points(), *_outside_points()]


def _atomic_points() -> Iterator[Point]:
    for step in ("planning", *PublishHandler.steps):
        if step == "planning" or PublishHandler.steps[step].kind is StepKind.ATOMIC:
            yield from (Point(step, moment) for moment in ATOMIC_MOMENTS[step])


def _outside_points() -> Iterator[Point]:
    for name, step in PublishHandler.steps.items():
        if step.kind is StepKind.ATOMIC:
            continue
        for photo in UPLOADS if name == "upload_image" else ("",):
            for moment in OUTSIDE_MOMENTS:
                if _makes_sense(name, moment):
                    yield Point(name, moment, photo)


def _makes_sense(step: str, moment: Moment) -> bool:
    """A read has no effect to come late; the last move of a job is rolled back with its worker."""
    if step in READS:
        late = {Moment.COMMIT_ON_ITS_WAY} if step == "confirm" else set()
        return moment not in {Moment.AFTER_EFFECT, Moment.EFFECT_AFTER_DEATH, *late}
    return not (step == "upload_image" and moment is Moment.EFFECT_AFTER_DEATH)


@dataclass
class Trap:
    """Where one product's worker is awaited: a held call or a closed gate."""

    point: Point
    product: Product
    sku: str
    checksum: str = ""
    """Of the photo whose upload is awaited."""
    route: str = ""
    kind: str = ""
    fault: int = 0
    gate: Gate | None = None
    killed: int = 0
    released: bool = False

    def owns(self, hold: HoldReport) -> bool:
        """An upload tells its photo only after its effect: before, those of one route and kind
        are let go together."""
        same = (hold["route"], hold["kind"]) == (self.route, self.kind)
        return same and hold["subject"] in {"", self.sku, self.checksum}


@dataclass
class Killer:
    """Sets the traps, and kills whoever is in one."""

    stage: Stage
    shop: EbayShop
    keeper: Gatekeeper
    traps: list[Trap] = field(default_factory=list)

    def prepare(self, point: Point, product: Product) -> None:
        trap = Trap(point, product, self.shop.sku(product))
        trap.checksum = self.shop.photos(product)[-1] if point.step == "upload_image" else ""
        where = _place_of(point, trap.checksum)
        if isinstance(where, tuple):
            trap.route, trap.kind = where
            trap.fault = self.stage.control.add_fault(
                trap.route, trap.kind, match=self._match(trap)
            )
        else:
            trap.gate = self.keeper.close(product.pk, where)
        self.traps.append(trap)

    def _match(self, trap: Trap) -> str:
        """What only this product's call has in it."""
        if trap.route not in UPLOADS.values():
            return trap.sku
        with self.shop.inside():
            photos = list(trap.product.images.order_by("position"))
        photo = next((each for each in photos if each.checksum == trap.checksum), photos[0])
        return photo.url or photo.checksum

    @property
    def unsprung(self) -> list[str]:
        return [str(trap.point) for trap in self.traps if not trap.released]

    def run(self, seconds: float) -> None:
        """Kill until every trap has had its victim."""
        try:
            until(self._round, seconds, "every kill")
        except AssertionError as late:
            raise AssertionError(f"{late} Left: {self.unsprung}") from None

    def _round(self) -> bool:
        holds = self.stage.control.holds()
        hits = {fault["id"]: fault["hits"] for fault in self.stage.control.faults()}
        for trap in self.traps:
            if trap.gate and not trap.released and self.keeper.waiting_at(trap.gate):
                self._spring_gate(trap, trap.gate)
            if trap.fault and not trap.killed and hits[trap.fault]:
                trap.killed = self._kill(self._holder(trap))
        for hold in holds:
            self._release(hold)
        return not self.unsprung

    def _release(self, hold: HoldReport) -> None:
        owners = [trap for trap in self.traps if trap.fault and trap.killed and trap.owns(hold)]
        late = any(trap.point.moment is Moment.EFFECT_AFTER_DEATH for trap in owners)
        if owners:
            self.stage.control.release(hold["id"], effect=late)
            for trap in owners:
                trap.released = True

    def _spring_gate(self, trap: Trap, gate: Gate) -> None:
        pid = self._holder(trap)
        if _is_after_the_end(trap.point):
            self._kill_after_the_end(trap, gate, pid)
        else:
            trap.killed = self._kill(pid)
            if trap.point.moment is not Moment.COMMIT_ON_ITS_WAY:
                self.keeper.end_whoever_waits_at(gate)
            self.keeper.open(gate)
        trap.released = True

    def _kill_after_the_end(self, trap: Trap, gate: Gate, pid: int) -> None:
        """The job has ended, and its worker cannot take the next one."""
        with self.keeper.lane_locked(self.shop.lane.pk):
            self.keeper.open(gate)
            until(lambda: self._job(trap).status == JobStatus.COMPLETED, 20, "the job ends")
            trap.killed = self._kill(pid)

    def _holder(self, trap: Trap) -> int:
        pid = until(lambda: leased_pid(self._job(trap)), 10, f"a lease: {trap.point}")
        assert self._is_alive(pid), trap.point
        return pid

    def _job(self, trap: Trap) -> MarketplaceJob:
        return self.shop.job(trap.product)

    def _kill(self, pid: int) -> int:
        assert send_signal(pid, signal.SIGKILL)
        until(lambda: not self._is_alive(pid), 10, f"{pid} has gone")
        return pid

    def _is_alive(self, pid: int) -> bool:
        return any(member.pid == pid for member in marked(self.stage.workers.mark))


def _is_after_the_end(point: Point) -> bool:
    return point.step in {"save_result", "confirm"} and point.moment is Moment.AFTER_COMMIT


_AFTER_COMMIT: dict[str, str | tuple[str, str]] = {
    "validate": gates.MAPPING,
    "map_product": (routes.UPLOAD_LINK, "hold_before"),
    "look_whether_sold": (routes.PUT_ITEM, "hold_before"),
    "upload_image": (routes.PUT_ITEM, "hold_before"),
    "save_inventory_item": (routes.CREATE_OFFER, "hold_before"),
    "create_offer": gates.completing("update_offer"),
    "update_offer": gates.completing("publish_offer"),
    "publish_offer": gates.SAVING,
    "save_result": gates.completing("save_result"),
    "confirm": gates.completing("confirm"),
}
"""Where the worker is next once a step has been committed."""


def _place_of(point: Point, checksum: str) -> str | tuple[str, str]:
    """A gate's place, or the route and the kind of a hold."""
    route = UPLOADS.get(point.photo) or (ROUTES | CHANGES).get(point.step, "")
    match point.moment:
        case Moment.AFTER_COMMIT:
            return _AFTER_COMMIT[point.step]
        case Moment.AFTER_ANSWER | Moment.COMMIT_ON_ITS_WAY:
            if point.step == "planning":
                return gates.PLANNING
            return gates.completing(point.step, checksum)
        case Moment.AFTER_EFFECT:
            return route, "hold_after"
        case _ if route:
            return route, "hold_before"
        case _:
            return gates.MAPPING if point.step == "map_product" else gates.SAVING
