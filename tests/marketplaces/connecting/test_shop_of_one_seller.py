"""A shop belongs to one seller of the installation: whoever connects it first, until they give it back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction

from marketplaces.connecting import claims, connector_for, consents, finishing
from marketplaces.connecting.consented import Connected
from marketplaces.connecting.errors import ShopTakenError
from marketplaces.models import Account
from marketplaces.sandbox.reports import SellerReport
from marketplaces.shared.models import ShopClaim
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import timer
from tasks.dispatch.models import Lane
from tests.marketplaces.connecting.conftest import ACCOUNTS, begun, decided, of_query
from tests.tasks.admin.conftest import Browser, text_of

TAKEN = "This shop is connected for another seller of this installation already."


@pytest.fixture(params=["ebay", "etsy"])
def marketplace(request: pytest.FixtureRequest) -> str:
    """Either of those at which a seller consents."""
    request.getfixturevalue("registered" if request.param == "ebay" else "etsy")
    name: str = request.param
    return name


def consented(marketplace: str, seller: str = "bob") -> Callable[[], Connected]:
    """The seller has agreed; what is left is to finish it, in the schema that one is in."""
    connector = connector_for(marketplace)
    assert connector is not None
    back = of_query(decided(consents.begin(connector, user_id=7), seller=seller))
    state = consents.read_state(connector, back["state"])
    request = consents.take(connector, state, user_id=7)
    return lambda: finishing.finish(connector, request, back["code"], by="nell")


def connected_by(tenant: Tenant, marketplace: str, seller: str = "bob") -> Account:
    with tenancy.inside(tenant):
        return consented(marketplace, seller)().account


def comes_back(manager: Browser, marketplace: str, path: str = "") -> Any:
    return manager.get(decided(begun(manager, path or f"{ACCOUNTS}connect/{marketplace}/")))


def holder() -> tuple[str, int] | None:
    return ShopClaim.objects.values_list("schema_name", "account_id").first()


def account_with_a_shop(tenant: Tenant, shop_id: str = "777") -> Account:
    """As it was connected before anybody claimed shops."""
    with tenancy.inside(tenant):
        account: Account = Account.objects.create(
            marketplace="ebay",
            name=f"Of {tenant.schema_name}, {shop_id}",
            shop_id=shop_id,
            refresh_token="kept",
        )
    return account


def claimed(tenant: Tenant, account: Account) -> None:
    with tenancy.inside(tenant), transaction.atomic():
        claims.claim(account)


def test_another_seller_s_shop_is_refused_and_nothing_of_them_is_told(
    marketplace: str, manager: Browser, neighbour: Tenant
) -> None:
    theirs = connected_by(neighbour, marketplace)
    response = comes_back(manager, marketplace)
    page = text_of(response)
    assert response.status_code == 403
    assert TAKEN in page
    assert (
        "It has to be disconnected there first; ask the operators if you do not know where." in page
    )
    assert neighbour.name not in page
    assert "t2" not in page
    assert not Account.objects.exists()
    assert not Lane.objects.filter(schema_name="t1").exists()
    assert holder() == ("t2", theirs.pk)


def test_the_seller_s_own_shop_is_connected_again(manager: Browser, marketplace: str) -> None:
    assert comes_back(manager, marketplace).status_code == 302
    assert comes_back(manager, marketplace).status_code == 302
    assert holder() == ("t1", Account.objects.get().pk)


def test_an_account_that_shares_its_shop_with_another_seller_gets_no_new_sign_in(
    marketplace: str, manager: Browser, neighbour: Tenant
) -> None:
    """Both were connected before anybody claimed shops."""
    comes_back(manager, marketplace)
    mine = Account.objects.get()
    ShopClaim.objects.all().delete()
    connected_by(neighbour, marketplace)
    response = comes_back(manager, marketplace, f"{ACCOUNTS}{mine.pk}/connect/")
    assert TAKEN in text_of(response)
    assert Account.objects.get().refresh_token == mine.refresh_token


def test_of_two_sellers_who_connect_at_once_one_wins(
    marketplace: str, committed: Tenant, neighbour: Tenant
) -> None:
    begun_by = []
    for tenant in (committed, neighbour):
        with tenancy.inside(tenant):
            begun_by.append((tenant, consented(marketplace)))
    barrier = Barrier(2)

    def finish(tenant: Tenant, step: Callable[[], Connected]) -> bool:
        try:
            with tenancy.inside(tenant):
                barrier.wait(10)
                step()
        except ShopTakenError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(finish, *each) for each in begun_by]
        won = [future.result(60) for future in futures]
    assert sorted(won) == [False, True]
    for tenant, has_won in zip((committed, neighbour), won, strict=True):
        with tenancy.inside(tenant):
            assert Account.objects.exists() is has_won
            assert Lane.objects.filter(schema_name=tenant.schema_name).exists() is has_won


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_claims_while_another_does_waits_for_what_becomes_of_it(
    committed: Tenant, neighbour: Tenant, is_kept: bool
) -> None:
    mine, theirs = account_with_a_shop(committed), account_with_a_shop(neighbour)
    tries = Barrier(2)

    def try_it() -> bool:
        try:
            tries.wait(10)
            claimed(neighbour, theirs)
        except ShopTakenError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            claims.claim(mine)
            other = pool.submit(try_it)
            tries.wait(10)
            transaction.set_rollback(not is_kept)
        assert other.result(30) is not is_kept
    assert holder() == (("t1", mine.pk) if is_kept else ("t2", theirs.pk))


def test_a_deleted_account_gives_its_shop_back(
    marketplace: str, manager: Browser, neighbour: Tenant
) -> None:
    connected_by(neighbour, marketplace)
    with tenancy.inside(neighbour):
        Account.objects.all().delete()
    assert comes_back(manager, marketplace).status_code == 302


def test_a_deleted_seller_gives_all_shops_back(committed: Tenant) -> None:
    tenancy.leave()
    gone = Tenant(schema_name="gone", name="Gone")
    gone.auto_create_schema = False
    gone.save()
    for shop_id in ("1", "2"):
        ShopClaim.objects.create(
            marketplace="ebay", shop_id=shop_id, schema_name="gone", account_id=1
        )
    ShopClaim.objects.create(marketplace="ebay", shop_id="3", schema_name="t2", account_id=1)
    Tenant.objects.filter(schema_name="gone").delete()
    assert [each.schema_name for each in ShopClaim.objects.all()] == ["t2"]


def test_what_a_seller_claimed_who_is_no_longer_there_counts_for_nothing(
    committed: Tenant,
) -> None:
    account = account_with_a_shop(committed)
    ShopClaim.objects.create(marketplace="ebay", shop_id="777", schema_name="gone", account_id=1)
    assert not claims.is_anothers("ebay", "777")
    claimed(committed, account)
    assert holder() == ("t1", account.pk)


def test_the_hourly_reconcile_claims_what_was_connected_before(
    committed: Tenant, neighbour: Tenant, manager: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    mine, theirs = account_with_a_shop(committed), account_with_a_shop(neighbour)
    alone = account_with_a_shop(neighbour, "778")
    tenancy.leave()
    with caplog.at_level(logging.WARNING):
        timer.reconcile()
    tenancy.enter(committed)
    held = {(each.shop_id, each.schema_name, each.account_id) for each in ShopClaim.objects.all()}
    assert held == {("777", "t1", mine.pk), ("778", "t2", alone.pk)}
    (line,) = [each.getMessage() for each in caplog.records if "shop_taken" in each.getMessage()]
    assert f"schema=t2 account={theirs.pk}" in line
    assert f"holder=t1/{mine.pk}" in line
    with tenancy.inside(neighbour):
        assert TAKEN in claims.warning_of(theirs)
    assert claims.warning_of(mine) == ""
    assert TAKEN not in text_of(manager.get(f"{ACCOUNTS}{mine.pk}/change/"))


def test_the_page_of_an_account_says_that_its_shop_is_another_seller_s(
    manager: Browser, committed: Tenant, neighbour: Tenant
) -> None:
    mine, theirs = account_with_a_shop(committed), account_with_a_shop(neighbour)
    claimed(neighbour, theirs)
    page = text_of(manager.get(f"{ACCOUNTS}{mine.pk}/change/"))
    assert TAKEN in page
    assert neighbour.name not in page


def test_the_hourly_reconcile_gives_back_what_no_account_has(committed: Tenant) -> None:
    """E.g. of an account that was deleted by hand, in SQL."""
    mine = account_with_a_shop(committed)
    claimed(committed, mine)
    ShopClaim.objects.create(marketplace="ebay", shop_id="9", schema_name="t1", account_id=4)
    tenancy.leave()
    timer.reconcile()
    assert [each.shop_id for each in ShopClaim.objects.all()] == ["777"]
    tenancy.enter(committed)


def test_an_account_of_an_operator_s_does_not_become_another_seller_s_shop(
    manager: Browser, account: Account, registered: SellerReport, neighbour: Tenant
) -> None:
    """Its token tells whose it is as soon as somebody wants to connect; the shop is taken by then."""
    connected_by(neighbour, "ebay", "anna")
    response = manager.get(
        decided(begun(manager, f"{ACCOUNTS}{account.pk}/connect/"), seller="anna")
    )
    assert TAKEN in text_of(response)
    account.refresh_from_db()
    assert account.shop_id == ""
