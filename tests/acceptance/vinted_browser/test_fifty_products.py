"""The example of the whole system: publish 50 products to Vinted, whatever is killed meanwhile."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from marketplaces.models import Product
from tests.acceptance.browser.conftest import PASSWORD
from tests.acceptance.processes import send_signal
from tests.acceptance.shops import leased_pid
from tests.acceptance.vinted.routes import COMPLETE, DRAFT, PHOTO
from tests.acceptance.vinted_browser import verdict
from tests.acceptance.vinted_browser.conftest import Stage
from tests.acceptance.vinted_browser.seat import Seat
from tests.acceptance.vinted_browser.shop import BrowserShop
from tests.tables import hand_over

pytestmark = [pytest.mark.slow, pytest.mark.long]

READY = "StoFlow is at work here"
OCCUPIED = "Another browser is connected"
PUTTING_ON_SALE = "Publishing a listing: under way"


@contextmanager
def between_effect_and_answer(shop: BrowserShop, call: str, product: Product) -> Iterator[Product]:
    """The call has had its effect at Vinted, and is answered afterwards."""
    hold = shop.held(call, product)
    yield product
    shop.control.release(hold["id"])


def test_fifty_products_are_published_once_each_by_a_browser_that_keeps_dying(
    stage: Stage,
    seat_at: Callable[[str], Seat],
    site: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    shop, workers = stage.shop, stage.workers
    products = [shop.product(*["file"] * (2 + number % 2)) for number in range(50)]
    calls = [
        (DRAFT, products[6]),
        (PHOTO, products[12]),
        (PHOTO, products[18]),
        (COMPLETE, products[28]),
        (DRAFT, products[38]),
    ]
    for call, product in calls:
        shop.hold(call, product)
    ended: list[str] = []

    seat = seat_at("the seller")

    def open_vinted() -> None:
        seat.open_vinted(shop.site, shop.username, shop.password)

    open_vinted()
    seat.connect(shop.code, READY)
    shop.learn_whose_it_is()
    began = time.monotonic()
    batch = shop.publish(*products)
    workers.start(2)

    with between_effect_and_answer(shop, *calls[0]):
        seat.crash_tab()
        ended.append("tab crashed")
    open_vinted()

    with between_effect_and_answer(shop, *calls[1]) as product:
        pid = leased_pid(shop.job(product))
        assert send_signal(pid, signal.SIGKILL)
        ended.append("worker")
    shop.let_lease_end(pid)

    with between_effect_and_answer(shop, *calls[2]):
        seat.stop_service_worker()
        ended.append("service worker")

    open_vinted()  # from here on there are two tabs
    other = seat_at("somebody else")
    other.connect(shop.code, OCCUPIED)
    other.disconnect()

    with between_effect_and_answer(shop, *calls[3]):
        seat.look_at_popup(READY, PUTTING_ON_SALE, picture=tmp_path / "working.png")
        seat.close_tab()
        ended.append("tab closed")
    open_vinted()

    with between_effect_and_answer(shop, *calls[4]):
        seat.kill()
        ended.append("browser")
    seat.sit_down()
    open_vinted()
    open_vinted()

    shop.wait_until_all_ended(120)
    rows = verdict.rows(shop, products, ended, time.monotonic() - began)
    hand_over(request.node, "A batch to Vinted by a browser", verdict.HEAD, rows)
    verdict.assert_each_is_there_once(shop, products)
    verdict.assert_all_is_recorded(shop, products)
    verdict.assert_commands_lost(shop, 3)
    seat.look_at_popup(READY, "Connected", shop.username, picture=tmp_path / "done.png")
    get_user_model().objects.create_superuser("ada", password=PASSWORD)
    other.visit(lambda page: the_batch_has_completed(page, site, batch, tmp_path / "batch.png"))


def the_batch_has_completed(page: Page, site: str, batch: int, picture: Path) -> None:
    """As a member of staff sees it."""
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"{site}/t/t1/admin/tasks/batchjob/{batch}/change/")
    expect(page.get_by_role("heading", name="All 50 jobs have completed")).to_be_visible()
    page.screenshot(path=picture, full_page=True)
