"""The example of the whole system: publish 50 products to Vinted, whatever is killed meanwhile."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from marketplaces.models import Product
from tests.acceptance.browser.conftest import PASSWORD
from tests.acceptance.processes import send_signal, until
from tests.acceptance.shops import leased_pid
from tests.acceptance.vinted.routes import COMPLETE, DRAFT, PHOTO
from tests.acceptance.vinted_browser import verdict
from tests.acceptance.vinted_browser.conftest import Stage
from tests.acceptance.vinted_browser.seat import Seat
from tests.acceptance.vinted_browser.shop import BrowserShop
from tests.tables import hand_over

pytestmark = [pytest.mark.slow, pytest.mark.long]

READY = "StoFlow is at work here"
PUBLISHING = "Publishing a listing: under way"
OCCUPIED = "Another browser is connected"
CONNECTED = "Ready: connected, and signed in as the account's own member."


@pytest.mark.usefixtures("ada")
def test_fifty_products_are_published_once_each_by_a_browser_that_keeps_dying(
    stage: Stage,
    site: str,
    seat_at: Callable[[str], Seat],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    shop, workers = stage.shop, stage.workers
    products = [shop.product(*["file"] * (2 + number % 2)) for number in range(50)]
    mishaps = {
        "tab crashed": (DRAFT, products[6]),
        "worker killed": (PHOTO, products[12]),
        "service worker stopped": (PHOTO, products[18]),
        "tab closed": (COMPLETE, products[28]),
        "browser killed": (DRAFT, products[38]),
    }
    for call, product in mishaps.values():
        shop.hold(call, product)

    @contextmanager
    def between_effect_and_answer(mishap: str) -> Iterator[Product]:
        hold = shop.held(*mishaps[mishap])
        yield mishaps[mishap][1]
        shop.control.release(hold["id"])

    def open_vinted() -> None:
        seat.open_vinted(shop.site, shop.username, shop.seller["password"])

    seat = seat_at("the seller")
    open_vinted()
    stage.server.wait()
    seat.connect(shop.code, READY)
    shop.learn_whose_it_is()
    began = time.monotonic()
    batch = shop.publish(*products)
    workers.start(2)

    with between_effect_and_answer("tab crashed"):
        seat.crash_tab()
    open_vinted()

    with between_effect_and_answer("worker killed") as product:
        pid = leased_pid(shop.job(product))
        assert send_signal(pid, signal.SIGKILL)
    until(lambda: shop.let_lease_end(pid), 60, "its lease ends")

    with between_effect_and_answer("service worker stopped"):
        seat.stop_service_worker()

    open_vinted()  # from here on there are two tabs
    other = seat_at("somebody else")
    until(shop.is_ready, 30, "the service worker is back")
    other.connect(shop.code, OCCUPIED)
    other.disconnect()

    with between_effect_and_answer("tab closed"):
        seat.look_at_popup(READY, PUBLISHING, picture=tmp_path / "working.png")
        seat.close_tab()
    open_vinted()

    with between_effect_and_answer("browser killed"):
        seat.kill()
    seat.sit_down()
    open_vinted()
    open_vinted()

    shop.wait_until_all_ended(150)
    rows = verdict.rows(shop, products, list(mishaps), time.monotonic() - began)
    hand_over(request.node, "50 products through a real browser", verdict.HEAD, rows)
    verdict.assert_each_is_there_once(shop, products)
    verdict.assert_all_is_recorded(shop, products)
    # Of these nobody knew what had become of them: the wardrobe told.
    verdict.assert_commands_lost(shop, len({"tab crashed", "tab closed", "browser killed"}))
    seat.look_at_popup(READY, "Connected", shop.username, picture=tmp_path / "done.png")
    other.visit(lambda page: staff_are_told(page, site, shop, batch, tmp_path))


def staff_are_told(page: Page, site: str, shop: BrowserShop, batch: int, pictures: Path) -> None:
    """That the batch has completed, and that the seller's browser is connected."""
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"{site}/t/t1/admin/tasks/batchjob/{batch}/change/")
    expect(page.get_by_role("heading", name="All 50 jobs have completed")).to_be_visible()
    page.screenshot(path=pictures / "batch.png", full_page=True)
    page.goto(f"{site}/t/t1/admin/marketplaces/account/{shop.account.pk}/change/")
    expect(page.get_by_text(CONNECTED)).to_be_visible()
    page.screenshot(path=pictures / "account.png", full_page=True)
