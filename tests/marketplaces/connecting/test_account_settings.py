"""The settings of an account: readable by all, changed by managers, in a seller's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import SUPPORT
from tasks.models import StaffAction
from tests.marketplaces.connecting.conftest import ACCOUNTS, person
from tests.tasks.admin.conftest import Browser, text_of


@pytest.fixture
def page(account: Account) -> str:
    return f"{ACCOUNTS}{account.pk}/settings/"


def sent(account: Account, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it, with these fields filled in differently."""
    plain = {name: value for name, value in account.settings.items() if isinstance(value, str)}
    return plain | changes


def test_what_is_sent_is_what_the_marketplace_reads(
    manager: Browser, account: Account, page: str
) -> None:
    form = sent(
        account,
        marketplace_id="EBAY_DE",
        **{
            "categories-word": ["T-shirts", "Mugs", "Unsold"],
            "categories-value": ["15687", " 20687 ", ""],
            "conditions-word": ["worn"],
            "conditions-value": ["USED_GOOD"],
        },
    )
    assert manager.post(page, **form)["Location"] == f"{ACCOUNTS}{account.pk}/missing/"
    account.refresh_from_db()
    read = EbaySettings.read(account.settings)
    assert (read.marketplace_id, read.currency) == ("EBAY_DE", "EUR")
    assert read.categories == {"T-shirts": "15687", "Mugs": "20687"}
    assert read.conditions == {"worn": "USED_GOOD"}
    assert StaffAction.objects.get().kind == "change_settings"


def test_keys_that_no_field_shows_survive(manager: Browser, account: Account, page: str) -> None:
    Account.objects.update(settings=account.settings | {"made_by_hand": {"a": 1}})
    manager.post(page, **sent(account, category_id="9800"))
    account.refresh_from_db()
    assert account.settings["made_by_hand"] == {"a": 1}
    assert account.settings["category_id"] == "9800"


def test_an_emptied_field_is_taken_away(manager: Browser, account: Account, page: str) -> None:
    manager.post(page, **sent(account, category_id="", condition=""))
    account.refresh_from_db()
    assert not {"category_id", "condition"} & set(account.settings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"category_id": "Shirts"}, "A category is its number at eBay, such as 15687."),
        ({"condition": "SHINY"}, "“SHINY” is not one of the choices."),
        ({"marketplace_id": "EBAY_XX"}, "“EBAY_XX” is not one of the choices."),
        (
            {"categories-word": ["Mugs"], "categories-value": ["cups"]},
            "“Mugs”: A category is its number",
        ),
        (
            {"aspects-word": ["Department"], "aspects-value": ["x" * 51]},
            "“Department”: eBay takes at most 50 characters for a value.",
        ),
    ],
)
def test_what_is_wrong_is_marked_and_nothing_is_saved(
    manager: Browser, account: Account, page: str, changes: dict[str, Any], words: str
) -> None:
    response = manager.post(page, **sent(account, return_policy_id="1", **changes))
    assert response.status_code == 422
    assert words in text_of(response)
    assert 'value="1"' in text_of(response), "what was typed is still there"
    before = account.settings
    account.refresh_from_db()
    assert account.settings == before


def test_a_form_that_changes_nothing_records_nothing(
    manager: Browser, account: Account, page: str
) -> None:
    manager.post(page, **sent(account))
    assert not StaffAction.objects.exists()
    assert "Nothing was changed." in text_of(manager.get(f"{ACCOUNTS}{account.pk}/missing/"))


def test_what_the_marketplace_offers_can_be_chosen_by_name(
    manager: Browser, account: Account, page: str
) -> None:
    found = {"choices": {"return_policy_id": [["77", "30 days"], ["78", "None"]]}}
    Account.objects.update(found=found, settings=account.settings | {"return_policy_id": "99"})
    text = text_of(manager.get(page))
    assert '<option value="77">30 days (77)</option>' in text
    assert '<option value="99" selected>99</option>' in text, "what is chosen is never lost"


def test_the_catalogue_s_own_words_are_offered_as_lines(
    manager: Browser, account: Account, page: str
) -> None:
    for number, kind in enumerate(["Mugs", "Shirts", "Mugs", ""]):
        Product.objects.create(sku=str(number), title="x", product_type=kind)
    Account.objects.update(settings=account.settings | {"categories": {"Shirts": "15687"}})
    words = re.findall(r'name="categories-word" value="([^"]*)"', text_of(manager.get(page)))
    assert words == ["Shirts", "Mugs", "", "", ""]


def test_others_read_it_and_change_nothing(committed: Tenant, account: Account, page: str) -> None:
    browser = person("sue", committed, SUPPORT)
    text = text_of(browser.get(page))
    assert "15687" in text
    assert 'name="category_id"' not in text
    assert browser.post(page, **sent(account, category_id="1")).status_code == 403
    assert browser.post(f"{ACCOUNTS}{account.pk}/check/").status_code == 403
    assert browser.post(f"{ACCOUNTS}{account.pk}/connect/").status_code == 403
    assert browser.get(f"{ACCOUNTS}{account.pk}/missing/").status_code == 200


def test_an_account_of_no_known_marketplace_has_no_such_pages(
    manager: Browser, account: Account
) -> None:
    toy = Account.objects.create(marketplace="toymarket", name="Toys")
    for name in ("settings", "missing"):
        assert manager.get(f"{ACCOUNTS}{toy.pk}/{name}/").status_code == 404
        assert manager.get(f"{ACCOUNTS}999/{name}/").status_code == 404
    assert manager.post(f"{ACCOUNTS}{toy.pk}/connect/").status_code == 404
    assert manager.get(f"{ACCOUNTS}{toy.pk}/change/").status_code == 200
