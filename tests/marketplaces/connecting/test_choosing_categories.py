"""Categories are found by words; products without one are counted before anything is published."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplaces.connecting import check, connector_for
from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.models import Account, Product
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.shared.models import Category
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import SUPPORT
from tasks import tenancy
from tests.marketplaces.connecting.conftest import ACCOUNTS, person
from tests.tasks.admin.conftest import Browser, text_of

PATH = "Vêtements, accessoires &gt; Femmes &gt; Vêtements femme &gt; Robes"


@pytest.fixture
def page(account: Account) -> str:
    return f"{ACCOUNTS}{account.pk}/settings/"


@pytest.fixture
def search(account: Account) -> str:
    return f"{ACCOUNTS}{account.pk}/categories/"


@pytest.fixture
def shop(committed: Tenant, etsy: EtsyControl) -> Account:
    """A shop at Etsy with two sections."""
    told = etsy.shop("nora", sections=["Dresses", "Sale"])
    numbers = ("shop_id", "shipping_profile_id", "readiness_state_id", "return_policy_id")
    return Account.objects.create(
        marketplace="etsy",
        name="Nora's shop",
        settings={"currency": "EUR", **{name: str(told[name]) for name in numbers}},  # type: ignore[literal-required]
        refresh_token=told["refresh_token"],
    )


def stocked(**kinds: int) -> None:
    for kind, number in kinds.items():
        for each in range(number):
            Product.objects.create(
                sku=f"{kind}{each}", title="x", product_type="" if kind == "untyped" else kind
            )


def missing(account: Account) -> list[str]:
    connector = connector_for(account.marketplace)
    assert connector is not None
    return check(connector, account)


def test_suggestions_are_found_by_words(manager: Browser, search: str) -> None:
    text = text_of(manager.get(search, q="robe"))
    assert "63861" in text
    assert PATH in text
    query = {"categories-value": "robe"}
    part = manager.client.get(search, query, headers={"HX-Request": "true"}).content.decode()
    tenancy.enter(manager.tenant)
    assert 'data-take="63861"' in part
    assert "<html" not in part


def test_nothing_that_fits_is_said(manager: Browser, search: str) -> None:
    assert "No category fits “xylophone”." in text_of(manager.get(search, q="xylophone"))


def test_a_few_letters_ask_nobody(manager: Browser, search: str, control: SandboxControl) -> None:
    for words in ("", "ro", "15687"):
        assert manager.get(search, q=words).status_code == 200
    assert not [each for each in control.requests() if "taxonomy" in each["path"]]


def test_a_marketplace_that_cannot_be_asked_is_said(
    manager: Browser, search: str, control: SandboxControl
) -> None:
    control.add_fault(
        "GET /commerce/taxonomy/v1/get_default_category_tree_id", "status", status=500, times=99
    )
    assert "eBay failed when asked to" in text_of(manager.get(search, q="robe"))


def test_only_who_may_change_accounts_searches(committed: Tenant, search: str) -> None:
    assert person("sue", committed, SUPPORT).get(search, q="robe").status_code == 403


def test_products_without_a_category_are_counted(
    manager: Browser, account: Account, page: str
) -> None:
    stocked(Robes=2, Jupes=3, untyped=1)
    text = text_of(manager.get(page))
    assert "6 products have no line here and go into the category above." in text
    kept = {name: value for name, value in account.settings.items() if name != "category_id"}
    Account.objects.update(settings=kept | {"categories": {"Robes": "63861"}})
    text = text_of(manager.get(page))
    assert "4 products have no category and cannot be published." in text
    assert "Suggest categories for “Jupes”" in text
    assert "Suggest categories for “Robes”" not in text


def test_a_chosen_category_is_shown_with_its_place(
    manager: Browser, account: Account, page: str, search: str
) -> None:
    manager.get(search, q="robe")
    Account.objects.update(settings=account.settings | {"categories": {"Robes": "63861"}})
    assert PATH in text_of(manager.get(page))


def test_the_page_asks_as_many_queries_for_many_kinds_as_for_one(
    manager: Browser, page: str
) -> None:
    counts = []
    for kinds in ({"a": 1}, {f"kind{number}": 1 for number in range(30)}):
        stocked(**kinds)
        manager.get(page)
        with CaptureQueriesContext(connection) as captured:
            manager.get(page)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_etsy_s_own_tree_is_searched_and_read_once(
    manager: Browser, shop: Account, etsy: EtsyControl
) -> None:
    search = f"{ACCOUNTS}{shop.pk}/categories/"
    for words in ("dresses", "women dress", "scarves"):
        assert "&gt;" in text_of(manager.get(search, q=words))
    reads = [each for each in etsy.requests() if each["path"].endswith("/seller-taxonomy/nodes")]
    assert len(reads) == 1


def test_a_category_that_etsy_does_not_have_is_named_by_the_check(shop: Account) -> None:
    Account.objects.update(settings=shop.settings | {"taxonomy_id": "999999"})
    shop.refresh_from_db()
    assert missing(shop) == ["there is no category 999999 at Etsy: choose another one"]


def test_a_category_that_etsy_gave_up_is_forgotten(shop: Account) -> None:
    Category.objects.create(
        marketplace="etsy", number="5", path="Gone", path_at="2020-01-01T00:00Z"
    )
    missing(shop)
    assert not Category.objects.filter(number="5").exists()
    assert Category.objects.filter(marketplace="etsy", number="449").exists()


def test_sections_of_the_shop_are_chosen_by_name(manager: Browser, shop: Account) -> None:
    missing(shop)
    stocked(Dresses=1)
    page = f"{ACCOUNTS}{shop.pk}/settings/"
    text = text_of(manager.get(page))
    shop.refresh_from_db()
    (number, name), _sale = shop.found["choices"]["section_id"]
    assert name == "Dresses"
    assert text.count(f'<option value="{number}">Dresses ({number})</option>') >= 2
    form: dict[str, Any] = {k: v for k, v in shop.settings.items() if isinstance(v, str)}
    form |= {"sections-word": ["Dresses"], "sections-value": [number]}
    manager.post(page, **form)
    shop.refresh_from_db()
    assert EtsySettings.read(shop.settings).section_of("Dresses") == number
