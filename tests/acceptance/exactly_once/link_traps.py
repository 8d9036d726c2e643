"""Traps for the seller's browser and for the plugin server, which stand between worker and Vinted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from marketplaces.sandbox.reports import HoldReport
from marketplaces.sandbox.vinted.plugin.process import PluginProcess, PluginProcessError
from tasks.dispatch import lanes
from tasks.dispatch.pulse import process_exists
from tests.acceptance.exactly_once import gates
from tests.acceptance.exactly_once.gates import Gate
from tests.acceptance.exactly_once.points import BROWSER_KILLS, LINK, SERVER_KILLS, Fault
from tests.acceptance.exactly_once.traps import Trap, Trapper
from tests.acceptance.shops import leased_pid
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.shop import VintedShop

AT_GATES: dict[Fault, tuple[str, bool]] = {
    Fault.BROWSER_TOLD: ("SENT", False),
    Fault.BROWSER_ASKING: ("GRANTED", False),
    Fault.BROWSER_ANSWERING: ("ANSWERED", False),
    Fault.SERVER_TELLING: ("SENT", False),
    Fault.SERVER_GRANTING: ("GRANTED", False),
    Fault.SERVER_GRANTED: ("GRANTED", True),
    Fault.SERVER_STORING: ("ANSWERED", False),
    Fault.SERVER_STORED: ("ANSWERED", True),
}
"""What a command becomes when the fault strikes; True: the commit of it goes on."""
HELD: dict[Fault, str] = {
    Fault.BROWSER_BEGUN: "hold_before",
    Fault.BROWSER_LATE_EFFECT: "hold_before",
    Fault.BROWSER_AFTER_EFFECT: "hold_after",
    Fault.SERVER_MEANWHILE: "hold_after",
    Fault.SECOND_BROWSER: "hold_after",
    Fault.SIGNED_OUT: "hold_before",
}


@dataclass
class LinkTrapper(Trapper):
    """Knows the browsers, too. Whatever it kills is started again at once, as people do."""

    def set(self, trap: Trap) -> None:
        fault = trap.point.fault
        if fault in HELD:
            self._hold(trap, HELD[fault])
        elif fault in AT_GATES:
            self._close_for_command(trap, *AT_GATES[fault])
        else:
            super().set(trap)
            return
        self.traps.append(trap)

    def _close_for_command(self, trap: Trap, status: str, late: bool) -> None:
        step, method = trap.point.step, trap.point.call.partition(" ")[0]
        photo = trap.shop.photos(trap.product)[-1] if trap.product else ""
        checksum = photo if step.startswith("upload") else ""
        place = gates.commanding(status, method, step, checksum, late=late)
        trap.gate = self.keeper.close(trap.who, place)

    # -- in a call

    def _strike_at_call(self, trap: Trap, hold: HoldReport) -> None:
        fault, shop = trap.point.fault, vinted(trap)
        if fault not in LINK:
            super()._strike_at_call(trap, hold)
            return
        if hold["route"] != trap.point.call:
            self._strike_at_look(trap, hold)
            return
        trap.sprung = True
        if fault in BROWSER_KILLS:
            shop.browser.kill()
            if trap.point.twice:
                self._await_look(trap)
        elif fault in SERVER_KILLS:
            shop.server.kill()
        elif fault is Fault.SECOND_BROWSER:
            self._let_another_come(shop)
        else:
            shop.control.sign_out(shop.username)
            self.again.append(partial(self._signed_in_again, shop))
        has_effect = fault is not Fault.BROWSER_BEGUN
        shop.control.release(hold["id"], effect=has_effect)
        self._bring_back(shop)

    def _let_another_come(self, shop: VintedShop) -> None:
        """Nothing else happens meanwhile: in the place of a browser that is gone, it would be right."""
        with shop.inside():
            lanes.pause(shop.account.pk, by="the test", reason="a second browser comes")
        shop.others[0].start(phase=None)
        self.again.append(partial(was_sent_away, shop))

    def _signed_in_again(self, shop: VintedShop) -> bool:
        """As a person does, once the account's work has stopped."""
        if shop.lane.consent_needed_at is None or shop.browser_state() != "signed_out":
            return False
        shop.browser.kill()
        self._bring_back(shop)
        self.again.append(partial(go_on, shop))
        return True

    def _await_look(self, trap: Trap) -> None:
        """The next call that is of interest is the look."""
        trap.sprung, trap.kind, trap.call = False, "hold_before", trap.point.look
        match = trap.match if trap.point.look == routes.READ else vinted(trap).seller["user_id"]
        trap.match = match
        trap.rule = trap.shop.control.add_fault(trap.call, trap.kind, match=match)

    def _strike_at_look(self, trap: Trap, hold: HoldReport) -> None:
        """Whoever looks is killed, and so is the browser that looks for them."""
        shop = vinted(trap)
        if not leased_pid(trap.job):
            # Another job of this seller's reads the wardrobe.
            shop.control.release(hold["id"])
            trap.rule = shop.control.add_fault(trap.call, trap.kind, match=trap.match)
            return
        shop.browser.kill()
        self._kill(trap, self._holder(trap))
        trap.sprung = True
        shop.control.release(hold["id"], effect=False)
        self._bring_back(shop)

    # -- in a statement

    def _strike_at_gate(self, trap: Trap, gate: Gate) -> None:
        fault, shop = trap.point.fault, vinted(trap)
        if fault not in LINK:
            super()._strike_at_gate(trap, gate)
            return
        trap.sprung = True
        if fault is Fault.BROWSER_TOLD:
            rule = shop.control.add_fault(routes.WHO_AM_I, "hold_before", match=shop.username)
            self.again.append(partial(self._killed_once_told, shop, rule))
        elif fault in BROWSER_KILLS:
            shop.browser.kill()
        else:
            shop.server.kill()
            if not AT_GATES[fault][1]:
                self.keeper.end_whoever_waits_at(gate)
        self.keeper.open(gate)
        self._bring_back(shop)

    def _killed_once_told(self, shop: VintedShop, rule: int) -> bool:
        """While it asks who is signed in, which it does before it says that it is ready."""
        hold = asked_who(shop)
        if hold is None:
            return False
        shop.browser.kill()
        shop.control.remove_fault(rule)
        shop.control.release(hold["id"], effect=False)
        self._bring_back(shop)
        return True

    # -- afterwards

    def _bring_back(self, shop: VintedShop) -> None:
        if shop.server.process.poll() is not None:
            shop.server.start()
        if not is_running(shop.browser):
            shop.browser.start(phase=None)


def vinted(trap: Trap) -> VintedShop:
    assert isinstance(trap.shop, VintedShop)
    return trap.shop


def asked_who(shop: VintedShop) -> HoldReport | None:
    holds = shop.control.holds()
    mine = (routes.WHO_AM_I, shop.username)
    return next((hold for hold in holds if (hold["route"], hold["match"]) == mine), None)


def was_sent_away(shop: VintedShop) -> bool:
    """It is told that the place is taken, and nothing else."""
    [other] = shop.others
    assert other.phase != "connected", "A second browser has the account's place."
    if "Another browser" not in other.said():
        return False
    other.stop()
    with shop.inside():
        return lanes.resume(shop.account.pk)


def go_on(shop: VintedShop) -> bool:
    """A person lets the account's work go on, once somebody is signed in; whether they did."""
    if shop.browser_state() != "ready":
        return False
    with shop.inside():
        return lanes.consent_given(shop.account.pk)


def is_running(browser: PluginProcess) -> bool:
    try:
        return process_exists(browser.pid)
    except PluginProcessError:
        return False
