"""Etsy's consent proves the verifier, and tells what the seller has agreed to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.models import Account, ConsentRequest, Listing, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tasks.dispatch.models import Lane
from tests.marketplaces.connecting.conftest import ACCOUNTS, begun, decided, of_query
from tests.tasks.admin.conftest import Browser, text_of

pytestmark = pytest.mark.usefixtures("etsy")
CONNECT = f"{ACCOUNTS}connect/etsy/"


def connected(browser: Browser, **choices: Any) -> Any:
    return browser.get(decided(begun(browser, CONNECT), **choices))


def test_a_shop_is_connected_with_all_that_it_has(manager: Browser, etsy: EtsyControl) -> None:
    shop = etsy.shop("nora")
    response = connected(manager, seller="nora")
    account = Account.objects.get()
    assert response["Location"] == f"{ACCOUNTS}{account.pk}/missing/"
    read = EtsySettings.read(account.settings)
    assert account.shop_id == read.shop_id == str(shop["shop_id"])
    assert read.shipping_profile_id == str(shop["shipping_profile_id"])
    assert read.readiness_state_id == str(shop["readiness_state_id"])
    assert read.currency == "EUR"
    assert Lane.objects.get().account_id == account.pk
    page = text_of(manager.get(response["Location"]))
    assert "is connected to Etsy." in page
    assert "No Etsy category is chosen" in page


def test_the_challenge_goes_along_and_the_verifier_stays_here(manager: Browser) -> None:
    address = begun(manager, CONNECT)
    asked = of_query(address)
    waiting = ConsentRequest.objects.get()
    assert asked["code_challenge_method"] == "S256"
    assert waiting.verifier not in address
    with connection.cursor() as cursor:
        cursor.execute("SELECT verifier, state_hash FROM consent_requests")
        verifier, state_hash = cursor.fetchone()
    assert verifier != waiting.verifier
    assert state_hash not in address
    assert asked["scope"].split() == [
        "listings_r",
        "listings_w",
        "listings_d",
        "shops_r",
        "transactions_r",
    ]


def test_a_code_without_its_verifier_is_worth_nothing(manager: Browser) -> None:
    back = decided(begun(manager, CONNECT))
    ConsentRequest.objects.update(verifier="x" * 64)
    response = manager.get(back)
    assert response.status_code == 403
    assert "did not accept the seller&#x27;s consent (invalid_grant)" in text_of(response)
    assert not Account.objects.exists()


def test_a_seller_who_agreed_to_less_is_asked_again(manager: Browser) -> None:
    address = begun(manager, CONNECT).replace("listings_d+", "")
    response = manager.get(decided(address))
    assert response.status_code == 403
    assert "missing: listings_d." in text_of(response)
    assert "agree to everything" in text_of(response)
    assert not Account.objects.exists()


def test_a_seller_who_declines_has_changed_nothing(manager: Browser) -> None:
    response = connected(manager, decision="deny")
    assert "The seller declined at Etsy" in text_of(response)
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"user_id": 5}), (200, {"user_id": 5, "shop_id": None}), (404, {"error": "No shop"})],
)
def test_a_buyer_without_a_shop_is_told_so(
    manager: Browser, etsy: EtsyControl, status: int, body: dict[str, Any]
) -> None:
    etsy.add_fault("GET /v3/application/users/me", "status", status=status, body=body)
    page = text_of(connected(manager))
    assert "Whoever signed in at Etsy has no shop there." in page
    assert "open a shop there first" in page
    assert not Account.objects.exists()


def test_an_etsy_answer_is_no_ebay_answer(manager: Browser) -> None:
    back = decided(begun(manager, CONNECT))
    response = manager.get(back.replace("/connect/etsy/", "/connect/ebay/"))
    assert response.status_code == 403
    assert manager.get(back).status_code == 302


def test_what_is_missing_is_named(manager: Browser, etsy: EtsyControl) -> None:
    etsy.shop("nora", shipping_profile=False, return_policy=False, country="US")
    page = text_of(manager.get(connected(manager, seller="nora")["Location"]))
    assert "No shipping profile: create one at Etsy, then check again" in page
    assert "No return policy: create one at Etsy, then check again" in page


def test_an_account_never_becomes_another_shop(manager: Browser, etsy: EtsyControl) -> None:
    connected(manager, seller="nora")
    account = Account.objects.get()
    address = begun(manager, f"{ACCOUNTS}{account.pk}/connect/")
    response = manager.get(decided(address, seller="otto"))
    assert "another shop than" in text_of(response)
    etsy.revoke("nora")
    address = begun(manager, f"{ACCOUNTS}{account.pk}/connect/")
    assert manager.get(decided(address, seller="nora")).status_code == 302
    again = Account.objects.get()
    assert again.shop_id == account.shop_id
    assert again.refresh_token != account.refresh_token


def test_an_account_whose_token_is_dead_is_known_by_its_listings(
    manager: Browser, etsy: EtsyControl
) -> None:
    etsy.shop("nora")
    listing_id = etsy.list_by_hand("nora", "Linen shirt", state="active")
    account = Account.objects.create(marketplace="etsy", name="Nora", refresh_token="dead")
    product = Product.objects.create(sku="LS-1", title="Linen shirt")
    Listing.objects.create(
        account=account, product=product, key="t1zp1", external_id=str(listing_id)
    )
    path = f"{ACCOUNTS}{account.pk}/connect/"
    response = manager.get(decided(begun(manager, path), seller="otto"))
    assert "nothing shows that they are those of" in text_of(response)
    assert Account.objects.get().shop_id == ""
    assert manager.get(decided(begun(manager, path), seller="nora")).status_code == 302
    assert Account.objects.get().shop_id


def test_an_account_whose_shop_was_written_down_is_no_other(
    manager: Browser, etsy: EtsyControl
) -> None:
    number = str(etsy.shop("nora")["shop_id"])
    account = Account.objects.create(
        marketplace="etsy", name="Nora", refresh_token="dead", settings={"shop_id": number}
    )
    path = f"{ACCOUNTS}{account.pk}/connect/"
    assert manager.get(decided(begun(manager, path), seller="otto")).status_code == 403
    assert manager.get(decided(begun(manager, path), seller="nora")).status_code == 302


def test_its_settings_are_what_etsy_s_folder_reads(manager: Browser) -> None:
    connected(manager, seller="nora")
    account = Account.objects.get()
    page = f"{ACCOUNTS}{account.pk}/settings/"
    form: dict[str, Any] = {
        "taxonomy_id": "482",
        "who_made": "someone_else",
        "when_made": "1987",
        "auto_renew": "false",
        "tags": "linen, summer ,",
        "taxonomies-word": ["Mugs"],
        "taxonomies-value": ["1062"],
    }
    manager.post(page, **form)
    read = EtsySettings.read(Account.objects.get().settings)
    assert (read.taxonomy_of("Mugs"), read.taxonomy_of("x")) == ("1062", "482")
    assert (read.who_made, read.when_made, read.auto_renew) == ("someone_else", "1987", False)
    assert read.tags == ("linen", "summer")
    assert read.shop_id == account.shop_id, "what no field shows is kept"
    shown = text_of(manager.get(page))
    assert 'value="linen, summer"' in shown
    assert '<option value="false" selected>No</option>' in shown
    refused = manager.post(page, **form | {"when_made": "yesterday"})
    assert refused.status_code == 422
    assert "Give a year, such as 1987" in text_of(refused)
