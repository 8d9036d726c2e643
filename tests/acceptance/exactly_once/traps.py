"""Meets each worker at the place where its fault is to strike."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from marketplaces.models import Product
from marketplaces.sandbox.reports import HoldReport
from tasks.models import MarketplaceJob
from tasks.states import JobStatus
from tests.acceptance.exactly_once import gates
from tests.acceptance.exactly_once.gates import Gate, Gatekeeper
from tests.acceptance.exactly_once.points import PLANNING, Fault, Point
from tests.acceptance.processes import Workers, member_of, send_signal, until
from tests.acceptance.shops import SellersShop, leased_pid

HELD_BEFORE = {Fault.KILLED_BEFORE_CALL, Fault.KILLED_LATE_EFFECT, Fault.TOKEN_EXPIRED}
HELD_AFTER = {Fault.KILLED_AFTER_EFFECT, Fault.FROZEN}
SPOILT: dict[Fault, tuple[str, dict[str, Any]]] = {
    Fault.CUT: ("cut_after", {}),
    Fault.ERROR: ("status_after_effect", {"status": 500}),
    Fault.LIMIT_TOLD: ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
    Fault.LIMIT_UNTOLD: ("status", {"status": 429}),
}


@dataclass
class Trap:
    """One fault that waits for its victim."""

    point: Point
    shop: SellersShop
    product: Product | None = None
    match: str = ""
    """What only this job's call has in it."""
    victims: list[int] = field(default_factory=list)
    rule: int = 0
    call: str = ""
    """Where the rule strikes, if that is not the point's own call."""
    kind: str = ""
    gate: Gate | None = None
    frozen: int = 0
    sprung: bool = False

    @property
    def deaths_to_tell(self) -> int:
        """Each kill is an attempt of its own, but for a worker whose job had ended."""
        fault = self.point.fault
        return len(self.victims) if fault not in {Fault.FROZEN, Fault.KILLED_AFTER_END} else 0

    @property
    def who(self) -> int:
        """As gates call whoever comes to them."""
        return self.product.pk if self.product else -self.shop.account.pk

    @property
    def job(self) -> MarketplaceJob:
        return self.shop.job(self.product) if self.product else self.shop.jobs()[-1]

    def is_held(self, hold: HoldReport) -> bool:
        mine = (self.call or self.point.call, self.kind, self.match)
        return bool(self.rule) and (hold["route"], hold["kind"], hold["match"]) == mine


@dataclass
class Trapper:
    """Sets the traps, and does to whoever is in one what its point says."""

    workers: Workers
    keeper: Gatekeeper
    each_round: Callable[[], object] = lambda: None
    """What else is done while victims are awaited."""
    traps: list[Trap] = field(default_factory=list)
    again: list[Callable[[], bool]] = field(default_factory=list)
    """What is left to be done in a later round; each says whether it is done."""

    def set(self, trap: Trap) -> None:
        fault = trap.point.fault
        if fault in HELD_BEFORE:
            self._hold(trap, "hold_before")
        elif fault in HELD_AFTER:
            self._hold(trap, "hold_after")
        elif fault in SPOILT:
            kind, options = SPOILT[fault]
            self._spoil(trap, kind, **options)
            trap.sprung = True
        else:
            self._close(trap)
        self.traps.append(trap)

    def _hold(self, trap: Trap, kind: str) -> None:
        trap.kind, trap.rule = kind, self._spoil(trap, kind)

    def _spoil(self, trap: Trap, kind: str, **options: Any) -> int:
        way, step = trap.point.way, trap.point.step
        skip = 0 if way.about_account else way.calls_before(step)
        return trap.shop.control.add_fault(
            trap.point.call, kind, match=trap.match, skip=skip, **options
        )

    def _close(self, trap: Trap) -> None:
        step = trap.point.step
        if step == PLANNING:
            place = gates.PLANNING
        else:
            photo = trap.shop.photos(trap.product)[-1] if trap.product else ""
            place = gates.completing(step, photo if step.startswith("upload") else "")
        trap.gate = self.keeper.close(trap.who, place)

    def run(self, seconds: float) -> None:
        """Until every trap has had its victim."""
        try:
            until(self._round, seconds, "every fault")
        except AssertionError as late:
            raise AssertionError(f"{late} Left: {self.unsprung}") from late

    @property
    def unsprung(self) -> list[str]:
        return [str(trap.point) for trap in self.traps if not trap.sprung]

    def _round(self) -> bool:
        acts, self.again = self.again, []
        self.again += [act for act in acts if not act()]
        self.each_round()
        waiting = self.keeper.waiting()
        for trap in self._open_traps():
            if trap.frozen:
                self._thaw(trap)
            elif trap.gate is not None and trap.gate in waiting:
                self._strike_at_gate(trap, trap.gate)
        for control in {id(trap.shop.control): trap.shop.control for trap in self.traps}.values():
            for hold in control.holds():
                for trap in self._open_traps():
                    if trap.is_held(hold) and not trap.frozen:
                        self._strike_at_call(trap, hold)
        return not self.unsprung and not self.again

    def _open_traps(self) -> Iterable[Trap]:
        return [trap for trap in self.traps if not trap.sprung]

    # -- in a call

    def _strike_at_call(self, trap: Trap, hold: HoldReport) -> None:
        fault, control = trap.point.fault, trap.shop.control
        if fault is Fault.TOKEN_EXPIRED:
            control.expire_access_tokens(trap.shop.username)
            trap.sprung = True
        elif fault is Fault.FROZEN:
            trap.frozen = self._holder(trap)
            send_signal(trap.frozen, signal.SIGSTOP)
            self._let_lease_end(trap, trap.frozen)
        else:
            self._kill_in_call(trap)
        has_effect = fault is not Fault.KILLED_BEFORE_CALL
        control.release(hold["id"], effect=has_effect)

    def _kill_in_call(self, trap: Trap) -> None:
        pid = self._holder(trap)
        if trap.point.twice:
            self._close(trap)
            trap.rule = 0
        else:
            trap.sprung = True
        self._kill(trap, pid)

    def _thaw(self, trap: Trap) -> None:
        """Once another worker has the job, or had it."""
        job = trap.job
        if leased_pid(job) != trap.frozen and (job.leased_by or job.status == JobStatus.COMPLETED):
            send_signal(trap.frozen, signal.SIGCONT)
            trap.victims.append(trap.frozen)
            trap.sprung = True

    # -- in a statement

    def _strike_at_gate(self, trap: Trap, gate: Gate) -> None:
        pid = self._holder(trap)
        if trap.point.fault is Fault.KILLED_AFTER_END:
            self._kill_after_the_end(trap, gate, pid)
            return
        self._kill(trap, pid)
        if trap.point.twice and len(trap.victims) == 1:
            self.keeper.end_whoever_waits_at(gate)
            return
        if trap.point.fault is not Fault.KILLED_COMMITTING:
            self.keeper.end_whoever_waits_at(gate)
        self.keeper.open(gate)
        trap.sprung = True

    def _kill_after_the_end(self, trap: Trap, gate: Gate, pid: int) -> None:
        """The job has ended, and its worker cannot take the next one."""
        with self.keeper.lane_locked(trap.shop.lane.pk):
            self.keeper.open(gate)
            until(lambda: trap.job.status == JobStatus.COMPLETED, 60, "the job ends")
            self._kill(trap, pid)
        trap.sprung = True

    # -- whom

    def _holder(self, trap: Trap) -> int:
        pid = until(lambda: leased_pid(trap.job), 30, f"a lease: {trap.point}")
        assert self._is_alive(pid), trap.point
        return pid

    def _kill(self, trap: Trap, pid: int) -> None:
        assert send_signal(pid, signal.SIGKILL)
        until(lambda: not self._is_alive(pid), 30, f"{pid} has gone")
        trap.victims.append(pid)
        self._let_lease_end(trap, pid)

    def _let_lease_end(self, trap: Trap, pid: int) -> None:
        """Later: now a gate, or a lane that is locked, may be in the way."""
        self.again.append(partial(trap.shop.let_lease_end, pid))

    def _is_alive(self, pid: int) -> bool:
        return member_of(self.workers.mark, pid) is not None
