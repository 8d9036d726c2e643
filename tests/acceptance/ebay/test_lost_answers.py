"""Answers that never come, come late, come in halves, or say "not now": one listing all the same."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplaces.ebay.handlers import PublishHandler
from marketplaces.models import Account, Product
from tasks.dispatch.models import Lane
from tasks.handlers import StepKind
from tasks.models import MarketplaceJob, Outcome
from tests.acceptance.ebay import routes
from tests.acceptance.ebay.conftest import OpenShop
from tests.acceptance.ebay.promise import assert_kept, route_of
from tests.acceptance.ebay.shop import DEADLINE, EbayShop, Stage
from tests.acceptance.processes import until

pytestmark = [pytest.mark.storm, pytest.mark.slow, pytest.mark.long]

KINDS: dict[str, dict[str, Any]] = {
    "cut_before": {},
    "cut_after": {},
    "cut_mid_answer": {},
    "status_after_effect": {"status": 500},
    "slow_after_effect": {"delay": DEADLINE + 1},
    "drip": {"delay": 0.1},
    "status": {"status": 429, "headers": {"Retry-After": "1"}, "body": routes.TOO_MANY},
}
CALLS = {
    "upload_image (file)": routes.UPLOAD_FILE,
    "upload_image (link)": routes.UPLOAD_LINK,
    "save_inventory_item": routes.PUT_ITEM,
    "create_offer": routes.CREATE_OFFER,
    "update_offer": routes.UPDATE_OFFER,
    "publish_offer": routes.PUBLISH,
    "confirm": routes.READ_OFFER,
}


@dataclass(frozen=True)
class Case:
    """One call of one product that is spoilt once."""

    step: str
    kind: str
    options: dict[str, Any] = field(hash=False)

    @property
    def route(self) -> str:
        return CALLS[self.step]

    @property
    def effects(self) -> set[int]:
        """How often the call may have had its effect in all."""
        if self.step == "confirm":
            return {0}
        if not self.step.startswith("upload_image"):
            return {1}
        return {1} if self.kind in {"cut_before", "status"} else {2}


def all_cases() -> Iterator[Case]:
    for step in CALLS:
        for kind, options in KINDS.items():
            yield Case(step, kind, options)


def test_a_lost_or_late_answer_to_any_call_leaves_one_listing(stage: Stage) -> None:
    shop = stage.shop(concurrency=100)
    stage.workers.start(4)
    products = {case: product_for(shop, case) for case in all_cases()}
    shop.published(*(each for case, each in products.items() if is_live_before(case)))
    before = effects(shop)
    for case, product in products.items():
        spoil(shop, case, product)
    shop.published(*products.values(), seconds=180)
    print_table(shop, products)
    assert_kept(shop, list(products.values()))
    for case, product in products.items():
        call = case.route, subject_of(shop, case, product)
        assert effects(shop)[call] - before[call] in case.effects, case
    assert_creating_steps_looked(shop, products)
    assert_nobody_is_said_to_have_died(shop)


def product_for(shop: EbayShop, case: Case) -> Product:
    return shop.product("link") if case.step == "upload_image (link)" else shop.product("file")


def is_live_before(case: Case) -> bool:
    return case.step in {"update_offer", "confirm"}


def spoil(shop: EbayShop, case: Case, product: Product) -> None:
    if case.step == "update_offer":
        shop.change(product, price="25.00")
    shop.control.add_fault(
        case.route, case.kind, match=match_of(shop, case, product), **case.options
    )


def match_of(shop: EbayShop, case: Case, product: Product) -> str:
    if not case.step.startswith("upload_image"):
        return shop.sku(product)
    with shop.inside():
        photo = product.images.get()
        return photo.url or photo.checksum


def subject_of(shop: EbayShop, case: Case, product: Product) -> str:
    upload = case.step.startswith("upload_image")
    return shop.photos(product)[0] if upload else shop.sku(product)


def effects(shop: EbayShop) -> Counter[tuple[str, str]]:
    counted = shop.control.effects()["effects_by_subject"]
    return Counter({(each["route"], each["subject"]): each["count"] for each in counted})


def assert_creating_steps_looked(shop: EbayShop, products: dict[Case, Product]) -> None:
    """A lost answer of a creating step is UNKNOWN, and the second try is a look."""
    attempts = shop.attempts()
    for case, product in products.items():
        if case.step in {"create_offer", "publish_offer"} and case.kind != "status":
            outcomes = [a.outcome for a in attempts if a.job.product_id == product.pk]
            assert outcomes == [Outcome.UNKNOWN], case


def assert_nobody_is_said_to_have_died(shop: EbayShop) -> None:
    """No worker was killed: a call that used up its time is told as that."""
    dead = [attempt for attempt in shop.attempts() if attempt.outcome == Outcome.INTERRUPTED]
    assert [f"{each.job.product_name}, {each.task}: {each.message}" for each in dead] == []


def test_the_lease_of_every_call_outlives_its_deadline() -> None:
    """Otherwise a call that uses up its time is taken over while its worker still tells why."""
    steps = PublishHandler.steps.values()
    calls = [step for step in steps if step.kind is not StepKind.ATOMIC]
    assert [step.name for step in calls if step.lease_seconds <= step.deadline] == []


def print_table(shop: EbayShop, products: dict[Case, Product]) -> None:
    attempts = shop.attempts()
    lines = []
    for case, product in products.items():
        own = [f"{a.outcome} {a.error_class}" for a in attempts if a.job.product_id == product.pk]
        lines.append(f"{case.step:<24}{case.kind:<22}{', '.join(own)}")
    sys.stdout.write("\n".join(["", *lines, ""]))


def test_access_tokens_that_end_in_the_middle_are_renewed(shop: EbayShop) -> None:
    products = [shop.product("file", "link") for _ in range(12)]
    shop.publish(*products)
    for _ in range(4):
        former = access_token(shop)
        shop.control.expire_access_tokens(shop.seller["username"])
        until(lambda: access_token(shop) != former or shop.all_ended(), 60, "renewed")  # noqa: B023
        # Whoever still has the former token may meet the next end, too: refused twice in a row, a
        # call has failed once.
        began = steps_under_way(shop)
        until(lambda: not began & steps_under_way(shop), 60, "all of them have ended")  # noqa: B023
    shop.wait_until_all_ended()
    assert_kept(shop, products)
    assert shop.attempts() == []


def steps_under_way(shop: EbayShop) -> set[tuple[int, int]]:
    """Tasks, and which of their beginnings it is; a step reads the token for each of its calls."""
    return {(task.pk, task.attempt_count) for task in shop.tasks() if task.status == "RUNNING"}


def access_token(shop: EbayShop) -> str:
    with shop.inside():
        token: str = Account.objects.get(pk=shop.account.pk).access_token
        return token


def test_two_refused_tokens_in_a_row_do_not_stop_the_shop_for_the_seller(shop: EbayShop) -> None:
    """Only the sign-in itself tells that the consent is gone: here it is renewed each time."""
    product = shop.product()
    shop.control.add_fault(routes.PUT_ITEM, "status", match=shop.sku(product), status=401, times=2)
    shop.publish(product)
    until(lambda: shop.all_ended() or shop.lane.consent_needed_at, 60, "something comes of it")
    assert shop.lane.consent_needed_at is None
    shop.wait_until_all_ended()
    assert_kept(shop, [product])


@pytest.mark.parametrize("route", [routes.UPLOAD_FILE, routes.PUT_ITEM, routes.PUBLISH])
def test_a_refused_token_in_the_middle_of_a_job_costs_no_attempt(
    shop: EbayShop, route: str
) -> None:
    product = shop.product("file")
    match = shop.photos(product)[0] if route == routes.UPLOAD_FILE else shop.sku(product)
    shop.control.add_fault(route, "status", match=match, status=401)
    shop.published(product)
    assert_kept(shop, [product])
    assert shop.attempts() == []


def test_a_limit_without_retry_after_makes_the_account_wait_a_minute(shop: EbayShop) -> None:
    product = shop.product()
    shop.control.add_fault(
        routes.PUT_ITEM, "status", match=shop.sku(product), status=429, body=routes.TOO_MANY
    )
    shop.publish(product)
    until(lambda: shop.lane.blocked_until, 30, "the lane waits")
    waits = (shop.lane.blocked_until or datetime.now(UTC)) - datetime.now(UTC)
    assert 50 < waits.total_seconds() <= 60
    assert shop.job(product).wait_reason == "LIMIT"
    let_the_minute_pass(shop)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])
    assert [attempt.error_class for attempt in shop.attempts()] == ["RateLimitedError"]


def let_the_minute_pass(shop: EbayShop) -> None:
    now = datetime.now(UTC)
    with shop.inside():
        MarketplaceJob.objects.filter(account=shop.account).update(run_after=now)
    Lane.objects.filter(pk=shop.lane.pk).update(blocked_until=None, due_at=now)


def test_photos_that_expire_before_the_item_is_saved_are_sent_again(shop: EbayShop) -> None:
    """They would live for one second longer than the hour that is kept as a margin."""
    product = shop.product("file", "link")
    slow = shop.photos(product)[0]
    shop.control.settings(image_lifetime=3601.0)
    shop.control.add_fault(routes.UPLOAD_FILE, "slow_after_effect", match=slow, delay=2.0)
    shop.publish(product)
    until(lambda: uploads(shop, routes.UPLOAD_LINK), 30, "both photos are sent")
    shop.control.settings(image_lifetime=30 * 86_400.0)
    shop.wait_until_all_ended()
    assert_kept(shop, [product])
    assert uploads(shop, routes.UPLOAD_FILE) == 2
    assert {attempt.error_class for attempt in shop.attempts()} == {"ReceiptGoneError"}


def test_photos_that_ebay_has_lost_when_it_goes_live_are_sent_again(shop: EbayShop) -> None:
    product = shop.product("file")
    lost = routes.refused(25015, "The picture does not exist or has expired.")
    gone = routes.refused(190200, "No such picture.")
    shop.control.add_fault(routes.PUBLISH, "status", match=shop.sku(product), status=400, body=lost)
    shop.control.add_fault(routes.READ_IMAGE, "status", status=404, body=gone)
    shop.published(product)
    assert_kept(shop, [product])
    assert uploads(shop, routes.UPLOAD_FILE) == 2


def uploads(shop: EbayShop, route: str) -> int:
    own = shop.seller["username"]
    return sum(
        route_of(request) == route and request["effect"] and request["seller"] == own
        for request in shop.control.requests()
    )


def test_two_shops_do_not_wait_for_each_others_limit(open_shop: OpenShop) -> None:
    limited, other = open_shop(), open_shop()
    slow, quick = limited.product(), other.product()
    limited.control.add_fault(
        routes.PUT_ITEM,
        "status",
        match=limited.sku(slow),
        status=429,
        headers={"Retry-After": "3600"},
        body=routes.TOO_MANY,
    )
    limited.publish(slow)
    until(lambda: limited.lane.blocked_until, 30, "the lane waits")
    other.published(quick)
    assert_kept(other, [quick])
    let_the_minute_pass(limited)
    limited.wait_until_all_ended()
    assert_kept(limited, [slow])
