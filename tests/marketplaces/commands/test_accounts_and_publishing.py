"""The commands that set a seller going and act on their listings."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from marketplaces.models import Account, Listing, Product
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.models import BatchJob, MarketplaceJob


@pytest.fixture
def seller(tenant: Tenant) -> Iterator[Tenant]:
    tenancy.leave()
    yield tenant
    tenancy.leave()


def run(command: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def add_account(monkeypatch: pytest.MonkeyPatch, token: str, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(token))
    return run("add_account", "--schema", "t1", "--marketplace", "toy", *arguments)


def test_an_account_is_added_with_its_token_encrypted(
    seller: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"marketplace_id": "EBAY_FR"}))
    said = add_account(monkeypatch, "secret-token\n", "--name", "Shop", "--options", str(file))
    assert said == "Added: Shop on Toy.\n"
    with tenancy.inside(seller), connection.cursor() as cursor:
        account = Account.objects.get(name="Shop")
        cursor.execute("SELECT refresh_token FROM accounts WHERE id = %s", [account.pk])
        stored = cursor.fetchone()[0]
    assert account.refresh_token == "secret-token"
    assert account.settings == {"marketplace_id": "EBAY_FR"}
    assert "secret-token" not in stored


def test_a_new_token_replaces_the_old_one_and_keeps_the_settings(
    seller: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(monkeypatch, "old\n", "--name", "Shop")
    assert "Updated" in add_account(monkeypatch, "new\n", "--name", "Shop")
    with tenancy.inside(seller):
        assert Account.objects.get(name="Shop").refresh_token == "new"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--schema", "nobody", "--marketplace", "toy"], "no tenant"),
        (["--schema", "t1", "--marketplace", "bazaar"], "The marketplaces are"),
        (["--schema", "t1", "--marketplace", "toy", "--options", "/nowhere"], "cannot be read"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(
    seller: Tenant, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("add_account", "--name", "Shop", *arguments)


def products(seller: Tenant, number: int) -> None:
    with tenancy.inside(seller):
        Account.objects.create(marketplace="toy", name="Shop")
        for n in range(number):
            Product.objects.create(sku=f"S{n}", title=f"Toy {n}")


def test_every_product_is_queued_as_one_batch_once(seller: Tenant) -> None:
    products(seller, 3)
    assert "3 jobs are queued" in run("publish_products", "--schema", "t1")
    assert "3 products were waiting already" in run("publish_products", "--schema", "t1")
    with tenancy.inside(seller):
        assert MarketplaceJob.objects.count() == 3
        assert BatchJob.objects.order_by("pk").values_list("total_count", flat=True)[0] == 3


def test_a_choice_of_products_and_a_dry_run(seller: Tenant) -> None:
    products(seller, 3)
    assert "Would be queued" in run("publish_products", "--schema", "t1", "--dry-run")
    assert "1 jobs" in run("publish_products", "--schema", "t1", "--sku", "S1")
    with tenancy.inside(seller):
        assert MarketplaceJob.objects.get().product_name == "Toy 1"


def test_accounts_of_one_name_are_told_apart_by_their_marketplace(seller: Tenant) -> None:
    products(seller, 1)
    with tenancy.inside(seller):
        Account.objects.create(marketplace="ebay", name="Shop")
    with pytest.raises(CommandError, match="Shop on Toy, Shop on eBay") as refusal:
        run("publish_products", "--schema", "t1", "--account", "Shop")
    assert "--marketplace" in str(refusal.value)
    said = run("publish_products", "--schema", "t1", "--account", "Shop", "--marketplace", "toy")
    assert "1 jobs are queued" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--schema", "nobody"], "no tenant"),
        (["--schema", "t2"], "has no account"),
        (["--schema", "t1", "--marketplace", "etsy"], "no account on Etsy"),
        (["--schema", "t1", "--sku", "S9"], "no product S9"),
        (["--schema", "t1", "--account", "Other"], "Other"),
    ],
)
def test_what_cannot_be_published_is_said(
    seller: Tenant, arguments: list[str], sentence: str
) -> None:
    products(seller, 1)
    with pytest.raises(CommandError, match=sentence) as refusal:
        run("publish_products", *arguments)
    assert refusal.value.returncode == 2


def listed(seller: Tenant) -> None:
    """S0 is live, S1 withdrawn, S2 not listed."""
    products(seller, 3)
    with tenancy.inside(seller):
        account = Account.objects.get()
        for sku, status in (("S0", "LIVE"), ("S1", "WITHDRAWN")):
            Listing.objects.create(
                account=account, product=Product.objects.get(sku=sku), key=sku, status=status
            )


def queued(seller: Tenant) -> list[tuple[str, str]]:
    with tenancy.inside(seller):
        return sorted(MarketplaceJob.objects.values_list("action", "product_name"))


def test_only_what_is_live_is_updated_unless_a_product_is_named(seller: Tenant) -> None:
    listed(seller)
    run("update_listings", "--schema", "t1")
    assert queued(seller) == [("update", "Toy 0")]
    run("update_listings", "--schema", "t1", "--sku", "S2")
    assert queued(seller) == [("update", "Toy 0"), ("update", "Toy 2")]


def test_withdrawing_everything_has_to_be_said(seller: Tenant) -> None:
    listed(seller)
    with pytest.raises(CommandError, match="--sku --all"):
        run("withdraw_listings", "--schema", "t1")
    assert queued(seller) == []
    assert "Withdraw one product" in run(
        "withdraw_listings", "--schema", "t1", "--all", "--dry-run"
    )
    run("withdraw_listings", "--schema", "t1", "--all")
    assert queued(seller) == [("unpublish", "Toy 0")]


def test_an_action_that_the_marketplace_does_not_have_is_refused(seller: Tenant) -> None:
    listed(seller)
    with pytest.raises(CommandError, match="no handler for delete"):
        run("delete_listings", "--schema", "t1", "--all")
    assert queued(seller) == []
