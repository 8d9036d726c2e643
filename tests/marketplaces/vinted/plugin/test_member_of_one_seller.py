"""A member of Vinted belongs to one seller of the installation, as every shop does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction

from marketplaces.connecting import claims
from marketplaces.models import Account, PluginConnection
from marketplaces.shared.models import ShopClaim
from marketplaces.vinted.plugin import absence, forgetting, members
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.sentences import translated
from tasks.staff_actions import Wish
from tests import databases
from tests.acceptance.processes import until
from tests.marketplaces.admin.plugin_pages import plugin_of
from tests.marketplaces.vinted.plugin.browser import READY, Browser

TAKEN = "a member who is connected for another seller of this installation already."


def of_neighbour(neighbour: Tenant, user_id: str = "4711") -> Account:
    with tenancy.inside(neighbour), transaction.atomic():
        account: Account = Account.objects.create(
            marketplace="vinted", name="Not to be told", shop_id=user_id
        )
        claims.claim(account)
    return account


def unbound(account: Account) -> Account:
    account.shop_id = ""
    account.save()
    return account


def member_of(account: Account) -> str:
    account.refresh_from_db(fields=["shop_id"])
    return account.shop_id


def test_another_seller_s_member_is_not_bound_and_both_sides_say_so_without_a_name(
    browser: Browser, account: Account, neighbour: Tenant
) -> None:
    unbound(account)
    of_neighbour(neighbour)
    welcome = browser.connect()
    assert (welcome["user_id"], welcome["member_of"]) == (None, "")
    assert member_of(account) == ""
    said = translated(absence.of_account(account.pk))
    assert "signed in at Vinted as “marie” (4711)" in said
    assert TAKEN in said
    assert "ask the operators if you do not know where" in said
    assert "Not to be told" not in said
    own = browser.ask({"type": "state", "vinted": READY | {"user_id": "99"}})
    assert (own["user_id"], own["member_of"]) == ("99", None)


def test_of_an_account_that_has_a_member_only_that_is_said(
    browser: Browser, account: Account, neighbour: Tenant
) -> None:
    of_neighbour(neighbour, "99")
    welcome = browser.connect(vinted=READY | {"user_id": "99"})
    assert (welcome["user_id"], welcome["member_of"]) == ("4711", None)
    assert "this account is that of another member (4711)" in absence.of_account(account.pk)


def test_a_member_is_claimed_as_they_are_bound_and_given_back_as_they_are_forgotten(
    account: Account, neighbour: Tenant
) -> None:
    place = plugin_of(unbound(account))
    members.bind(place)
    held = ShopClaim.objects.get()
    assert (held.shop_id, held.schema_name, held.account_id) == ("4711", "t1", account.pk)
    forgetting.forget(account, Wish(forgetting.KIND, by="mara"))
    assert not ShopClaim.objects.exists()
    of_neighbour(neighbour)
    account.refresh_from_db()
    members.bind(PluginConnection.objects.select_related("account").get())
    assert member_of(account) == ""


def test_a_forgotten_member_is_the_other_seller_s_at_the_next_word(
    browser: Browser, account: Account, neighbour: Tenant
) -> None:
    unbound(account)
    theirs = of_neighbour(neighbour)
    browser.connect()
    with tenancy.inside(neighbour):
        forgetting.forget(theirs, Wish(forgetting.KIND, by="nell"))
    browser.say({"type": "state", "vinted": READY})
    # A wake-up may tell first that the member is nobody's.
    while browser.hear()["user_id"] != "4711":
        continue
    assert member_of(account) == "4711"


def test_two_accounts_of_one_seller_leave_the_claim_where_it_is(account: Account) -> None:
    with transaction.atomic():
        claims.claim(account)
    second = Account.objects.create(marketplace="vinted", name="Second")
    members.bind(plugin_of(second))
    assert member_of(second) == ""
    assert ShopClaim.objects.get().account_id == account.pk


def test_of_two_sellers_whose_browsers_show_one_member_at_once_one_gets_them(
    account: Account, committed: Tenant, neighbour: Tenant
) -> None:
    barrier = Barrier(2)
    unbound(account)
    with tenancy.inside(neighbour):
        theirs = Account.objects.create(
            marketplace="vinted", name="Theirs", settings=account.settings
        )
        places: list[tuple[Tenant, PluginConnection]] = [(neighbour, plugin_of(theirs))]
    places.append((committed, plugin_of(account)))

    def bind(tenant: Tenant, place: PluginConnection) -> None:
        try:
            with tenancy.inside(tenant):
                barrier.wait(10)
                members.bind(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(bind, *each) for each in places]:
            future.result(30)
    bound: list[str] = []
    for tenant in (committed, neighbour):
        with tenancy.inside(tenant):
            bound += Account.objects.values_list("shop_id", flat=True)
    assert sorted(bound) == ["", "4711"]


@pytest.mark.parametrize("is_taken", [True, False])
def test_who_binds_while_another_does_waits_for_what_becomes_of_it(
    account: Account, neighbour: Tenant, is_taken: bool
) -> None:
    """Neither sees the other's before: the index decides, and what was written is taken back."""
    place = plugin_of(unbound(account))

    def bind() -> None:
        try:
            with tenancy.inside(account_tenant):
                members.bind(place)
        finally:
            connections.close_all()

    account_tenant = tenancy.tenant_named("t1")
    with tenancy.inside(neighbour), ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            claims.claim(
                Account.objects.create(marketplace="vinted", name="Theirs", shop_id="4711")
            )
            binding = pool.submit(bind)
            until(databases.is_waited_for, 20, "the other has looked, and waits")
            transaction.set_rollback(not is_taken)
        binding.result(30)
    assert member_of(account) == ("" if is_taken else "4711")
