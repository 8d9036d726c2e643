"""An operator has a refresh token at hand: whose shop it is decides what becomes of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from pytest_django import Settings

from marketplaces.connecting import claims
from marketplaces.connecting.errors import ShopTakenError
from marketplaces.models import Account, Listing, Product
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.shared.models import ShopClaim
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.models import StaffAction
from tests.marketplaces.connecting.test_shop_of_one_seller import TAKEN, connected_by

TokenOf = Callable[[str], str]


@pytest.fixture(params=["ebay", "etsy"])
def marketplace(request: pytest.FixtureRequest, committed: Tenant) -> str:
    """Either of those that give tokens."""
    request.getfixturevalue("registered" if request.param == "ebay" else "etsy")
    name: str = request.param
    return name


@pytest.fixture
def token_of(marketplace: str, request: pytest.FixtureRequest) -> TokenOf:
    """A seller's refresh token there, as an operator has it at hand."""
    if marketplace == "ebay":
        ebay: SandboxControl = request.getfixturevalue("control")
        return lambda seller: ebay.seller(seller)["refresh_token"]
    etsy: EtsyControl = request.getfixturevalue("etsy")

    def token(seller: str) -> str:
        etsy.shop(seller)
        return etsy.shop_consent(seller)["refresh_token"]

    return token


@pytest.fixture
def add(marketplace: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    def add(token: str, name: str = "Main", schema: str = "t1", **options: Any) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(token))
        arguments = [f"--schema={schema}", f"--marketplace={marketplace}", f"--name={name}"]
        if options:
            file = tmp_path / "options.json"
            file.write_text(json.dumps(options))
            arguments.append(f"--options={file}")
        said = io.StringIO()
        call_command("add_account", *arguments, stdout=said)
        return said.getvalue()

    return add


Add = Callable[..., str]


def kept() -> tuple[str, str, dict[str, Any]]:
    account = Account.objects.get()
    return account.refresh_token, account.shop_id, account.settings


def test_the_shop_is_known_and_claimed(
    add: Add, token_of: TokenOf, neighbour: Tenant, marketplace: str
) -> None:
    assert add(token_of("anna")).startswith("Added: Main on ")
    account = Account.objects.get()
    claim = ShopClaim.objects.get()
    assert (claim.schema_name, claim.account_id) == ("t1", account.pk)
    assert claim.shop_id == account.shop_id
    assert StaffAction.objects.get().by.endswith("(add_account)")
    with pytest.raises(ShopTakenError):
        connected_by(neighbour, marketplace, "anna")


def test_what_follows_from_the_shop_is_set(add: Add, token_of: TokenOf, marketplace: str) -> None:
    """Etsy's calls need the shop's number; nobody need write it into the options."""
    add(token_of("anna"), return_policy_id="7")
    _token, shop_id, settings = kept()
    assert settings["return_policy_id"] == "7"
    assert marketplace != "etsy" or settings["shop_id"] == shop_id


def test_a_known_account_gets_a_new_token_of_its_shop(add: Add, token_of: TokenOf) -> None:
    add(token_of("anna"))
    former = kept()
    assert add(token_of("anna")).startswith("Updated: Main on ")
    assert kept()[1:] == former[1:]


def test_a_known_account_never_becomes_another_shop(add: Add, token_of: TokenOf) -> None:
    """Else it would publish there, and fetch another's orders."""
    add(token_of("anna"))
    before = kept()
    with pytest.raises(CommandError, match="another shop than “Main”"):
        add(token_of("bert"))
    assert kept() == before


def test_an_account_with_listings_of_an_unknown_shop_becomes_no_other(
    add: Add, token_of: TokenOf, marketplace: str
) -> None:
    account = Account.objects.create(marketplace=marketplace, name="Main", refresh_token="dead")
    product = Product.objects.create(sku="P1", title="One")
    Listing.objects.create(account=account, product=product, key="t1zp1", external_id="123456")
    with pytest.raises(CommandError, match="nothing shows that they are those of"):
        add(token_of("bert"))
    assert kept() == ("dead", "", {})


def test_an_account_whose_settings_name_its_shop_becomes_no_other(
    add: Add, token_of: TokenOf, marketplace: str
) -> None:
    chosen = {"shop_id": "99"}
    Account.objects.create(
        marketplace=marketplace, name="Main", refresh_token="dead", settings=chosen
    )
    with pytest.raises(CommandError, match="Nothing was changed"):
        add(token_of("bert"))
    assert kept() == ("dead", "", chosen)


def test_options_for_another_shop_are_refused(add: Add, token_of: TokenOf) -> None:
    with pytest.raises(CommandError, match="The options are for the shop 99"):
        add(token_of("anna"), shop_id="99")
    assert not Account.objects.exists()


def test_a_seller_has_no_two_accounts_of_one_shop(add: Add, token_of: TokenOf) -> None:
    """Each order would be counted twice."""
    add(token_of("anna"))
    with pytest.raises(CommandError, match="is connected already, as “Main”"):
        add(token_of("anna"), name="Second")
    assert Account.objects.get().name == "Main"


def test_a_shop_that_a_token_tells_of_late_is_no_second_account_either(
    add: Add, token_of: TokenOf, marketplace: str
) -> None:
    """Of an account that was made without asking."""
    Account.objects.create(marketplace=marketplace, name="Older", refresh_token=token_of("anna"))
    with pytest.raises(CommandError, match="is connected already, as “Older”"):
        add(token_of("anna"), name="Second")
    assert Account.objects.get().name == "Older"


@pytest.mark.parametrize("former", [None, "former"])
def test_another_seller_s_shop_is_refused(
    add: Add, token_of: TokenOf, neighbour: Tenant, marketplace: str, former: str | None
) -> None:
    add(token_of("anna"), schema="t2")
    if former:
        Account.objects.create(marketplace=marketplace, name="Main", refresh_token=former)
    with pytest.raises(CommandError, match=TAKEN):
        add(token_of("anna"))
    assert [each.refresh_token for each in Account.objects.all()] == ([former] if former else [])


def test_an_account_that_shares_its_shop_gets_no_new_token(
    add: Add, token_of: TokenOf, neighbour: Tenant, marketplace: str
) -> None:
    """Both were connected before anybody claimed shops."""
    add(token_of("anna"))
    before = kept()
    ShopClaim.objects.all().delete()
    with tenancy.inside(neighbour), transaction.atomic():
        claims.claim(
            Account.objects.create(marketplace=marketplace, name="Theirs", shop_id=before[1])
        )
    with pytest.raises(CommandError, match=TAKEN):
        add(token_of("anna"))
    assert kept() == before


def test_no_redirect_address_is_needed(
    add: Add, token_of: TokenOf, marketplace: str, settings: Settings
) -> None:
    if marketplace == "ebay":
        settings.EBAY = settings.EBAY | {"redirect_name": ""}
    else:
        settings.ETSY = settings.ETSY | {"redirect_url": ""}
    add(token_of("anna"))
    assert ShopClaim.objects.get().shop_id == kept()[1]


def test_a_token_that_is_worth_nothing_is_said_to_be(add: Add) -> None:
    with pytest.raises(CommandError, match=r"does not accept this token \(invalid_grant\)"):
        add("dead")
    assert not Account.objects.exists()


def test_a_marketplace_that_does_not_answer_leaves_everything_as_it_is(
    add: Add, token_of: TokenOf, marketplace: str, settings: Settings
) -> None:
    add(token_of("anna"))
    before = kept()
    nowhere = {"oauth_url": "http://127.0.0.1:9"}
    if marketplace == "ebay":
        settings.EBAY = settings.EBAY | nowhere
    else:
        settings.ETSY = settings.ETSY | nowhere
    with pytest.raises(CommandError, match=r"Nothing was changed\. Try again"):
        add("new")
    assert kept() == before


def test_an_installation_that_is_not_registered_is_told_so(
    add: Add, marketplace: str, settings: Settings
) -> None:
    settings.EBAY = settings.EBAY | {"client_id": ""}
    settings.ETSY = settings.ETSY | {"keystring": ""}
    with pytest.raises(CommandError, match="StoFlow is not registered at"):
        add("any")
    assert not Account.objects.exists()


def test_vinted_has_no_tokens(committed: Tenant) -> None:
    with pytest.raises(CommandError, match="a manager connects it in the admin"):
        call_command("add_account", "--schema=t1", "--marketplace=vinted", "--name=Main")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_no_account_can_have_is_refused(committed: Tenant, name: str) -> None:
    with pytest.raises(CommandError, match="1 to 200 letters"):
        call_command("add_account", "--schema=t1", "--marketplace=ebay", f"--name={name}")
