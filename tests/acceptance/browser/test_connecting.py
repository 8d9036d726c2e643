"""A manager connects a shop: over the marketplace's own consent page, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import BrowserContext, Page, expect

from marketplaces.models import Account
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import MANAGER
from tests.acceptance.browser.conftest import PASSWORD, signed_in
from tests.acceptance.ebay.shop import EbayShop, Stage
from tests.acceptance.processes import until

pytestmark = [pytest.mark.slow]

ACCOUNTS = "/t/t1/admin/marketplaces/account/"
PRODUCTS = "/t/t1/admin/marketplaces/product/"


@pytest.fixture(scope="module")
def etsy_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("etsy") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="etsy") as process:
        yield process


@pytest.fixture(scope="module")
def sandbox_of_etsy(etsy_process: SandboxProcess) -> EtsyControl:
    return EtsyControl(etsy_process.control_url)


@pytest.fixture(scope="module")
def other_marketplaces(
    port: int, etsy_process: SandboxProcess, sandbox_of_etsy: EtsyControl
) -> dict[str, str]:
    """Etsy knows where to send people back, and StoFlow where Etsy is."""
    application = sandbox_of_etsy.shop("nora", shipping_profile=False)
    address = f"http://127.0.0.1:{port}/connect/etsy/"
    sandbox_of_etsy.register_callbacks(address)
    return {
        "ETSY_CONSENT_URL": f"{etsy_process.api_url}/oauth/connect",
        "ETSY_OAUTH_URL": f"{etsy_process.api_url}/v3/public/oauth",
        "ETSY_API_URL": etsy_process.api_url,
        "ETSY_REDIRECT_URL": address,
        "ETSY_KEYSTRING": application["client_id"],
        "ETSY_SHARED_SECRET": application["client_secret"],
    }


@pytest.fixture
def bob(stage: Stage, site: str) -> SellerReport:
    """A seller at eBay, which knows where to send people back."""
    stage.control.redirects(**{"StoFlow-RuName": f"{site}/connect/ebay/"})
    return stage.control.seller("bob")


@pytest.fixture
def manager(bob: SellerReport, context: BrowserContext, site: str) -> Page:
    user = User.objects.create_user("mara", password=PASSWORD)
    Membership.objects.create(
        user=user,
        tenant=Tenant.objects.get(schema_name="t1"),
        role=Group.objects.get(name=MANAGER),
    )
    return signed_in(context, site, user)


def agree(page: Page, seller: str = "bob", marketplace: str = "eBay") -> None:
    question = f"would like to use your {marketplace} account"
    expect(page.get_by_role("heading", name=question)).to_be_visible()
    page.get_by_label(seller, exact=True).check()
    page.get_by_role("button", name="Allow access").click()


def the_shop(stage: Stage, report: SellerReport) -> EbayShop:
    shop = EbayShop(
        Tenant.objects.get(schema_name="t1"), Account(), report["username"], stage.control, report
    )
    with shop.inside():
        shop.account = Account.objects.get()
    stage.shops.append(shop)
    return shop


def test_a_shop_is_connected_completed_and_publishes(
    stage: Stage, manager: Page, bob: SellerReport
) -> None:
    page = manager
    page.goto(ACCOUNTS)
    page.get_by_role("button", name="Connect eBay").click()
    agree(page)

    expect(page.get_by_text("“bob” is connected to eBay.")).to_be_visible()
    expect(page.get_by_text("No eBay category is chosen")).to_be_visible()
    page.get_by_role("link", name="The account's settings").click()
    page.get_by_label("Category", exact=True).fill("15687")
    page.get_by_label("Condition", exact=True).select_option("NEW")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing is missing: products can be published.")).to_be_visible()

    shop = the_shop(stage, bob)
    product = shop.product("file")
    stage.workers.start(1)
    shop.published(product)
    assert len(shop.live(product)) == 1


def test_a_revoked_consent_stops_the_account_until_it_is_connected_again(
    stage: Stage, manager: Page, bob: SellerReport
) -> None:
    page = manager
    page.goto(ACCOUNTS)
    page.get_by_role("button", name="Connect eBay").click()
    agree(page)
    expect(page.get_by_text("“bob” is connected to eBay.")).to_be_visible()
    shop = the_shop(stage, bob)
    with shop.inside():
        shop.account.settings |= {"category_id": "15687", "condition": "NEW"}
        shop.account.save(update_fields=["settings"])

    stage.control.revoke("bob")
    product = shop.product("file")
    shop.request(product)
    stage.workers.start(1)
    until(lambda: shop.lane.consent_needed_at is not None, 60, "the account waits for consent")
    page.goto(f"{ACCOUNTS}{shop.account.pk}/change/")
    expect(page.get_by_text("No: the seller has to connect it again")).to_be_visible()
    assert shop.live(product) == []

    page.get_by_role("button", name="Connect again").click()
    agree(page)
    expect(page.get_by_text("is connected to eBay again, and its work goes on.")).to_be_visible()
    shop.wait_until_all_ended()
    assert len(shop.live(product)) == 1


def test_a_seller_who_declines_is_told_that_nothing_changed(stage: Stage, manager: Page) -> None:
    page = manager
    page.goto(ACCOUNTS)
    page.get_by_role("button", name="Connect eBay").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", name="The shop was not connected")).to_be_visible()
    expect(page.get_by_text("The seller declined at eBay")).to_be_visible()
    page.get_by_role("link", name="Back to the accounts of Seller t1").click()
    expect(page.get_by_role("button", name="Connect eBay")).to_be_visible()


def test_an_etsy_shop_is_connected_and_its_product_published_from_the_list(
    stage: Stage, manager: Page, sandbox_of_etsy: EtsyControl
) -> None:
    page = manager
    whole = sandbox_of_etsy.shop("otto")
    page.goto(ACCOUNTS)
    page.get_by_role("button", name="Connect Etsy").click()
    agree(page, "otto", "Etsy")
    expect(page.get_by_text(f"“{whole['shop_name']}” is connected to Etsy.")).to_be_visible()
    page.get_by_role("link", name="The account's settings").click()
    page.get_by_label("Category", exact=True).fill("482")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing is missing: products can be published.")).to_be_visible()

    product = the_shop(stage, stage.control.seller("bob")).product("file", title="Linen shirt")
    page.goto(PRODUCTS)
    page.get_by_role("row", name="Linen shirt").get_by_role("checkbox").check()
    page.get_by_label("Select action to run").select_option("Publish…")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("is ready.")).to_be_visible()
    page.get_by_label("Reason").fill("First on Etsy")
    page.get_by_role("button", name="Publish 1 product").click()
    expect(page.get_by_text("First on Etsy")).to_be_visible()

    page.goto(f"{PRODUCTS}{product.pk}/change/")
    expect(
        page.locator("#live-jobs").get_by_text("Waits until workers are started")
    ).to_be_visible()
    # The page tells by itself what becomes of it.
    stage.workers.start(1)
    expect(page.locator("#live-listings").get_by_text("Live", exact=True)).to_be_visible(
        timeout=60_000
    )
    expect(page.locator("#live-jobs").get_by_text("Completed")).to_be_visible()
    assert live_at_etsy(sandbox_of_etsy) == [product.title]
    assert sandbox_of_etsy.effects()["violations"] == []


def live_at_etsy(control: EtsyControl) -> list[str]:
    shown = control.effects()["listings"]
    return [each["title"] for each in shown if each["status"] == "ACTIVE" and each["photos"]]


def test_an_etsy_shop_is_connected_and_says_what_it_lacks(
    manager: Page, sandbox_of_etsy: EtsyControl
) -> None:
    page = manager
    lacking = sandbox_of_etsy.shop("nora", shipping_profile=False)
    page.goto(ACCOUNTS)
    page.get_by_role("button", name="Connect Etsy").click()
    agree(page, "nora", "Etsy")
    expect(page.get_by_text(f"“{lacking['shop_name']}” is connected to Etsy.")).to_be_visible()
    expect(page.get_by_text("No shipping profile: create one at Etsy")).to_be_visible()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("No shipping profile: create one at Etsy")).to_be_visible()
    page.get_by_role("link", name="The account's settings").click()
    page.get_by_label("Category", exact=True).fill("a shirt")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    expect(page.get_by_text("A category is its number at Etsy")).to_be_visible()
