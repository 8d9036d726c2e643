"""From the button to an account that works, and all the ways in which it must not."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from marketplaces import grants
from marketplaces.connecting import connector_for, consents
from marketplaces.connecting.errors import StateRefusedError
from marketplaces.models import Account, ConsentRequest, Listing, Product
from marketplaces.oauth import AccessTokens
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import SUPPORT, VIEWER
from tasks import tenancy
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, StaffAction
from tests.marketplaces.connecting.conftest import (
    ACCOUNTS,
    CALLBACK,
    begun,
    connected,
    decided,
    of_query,
    person,
)
from tests.marketplaces.ebay.shelves import Shelves
from tests.marketplaces.http.loopback import LoopbackServer, answer
from tests.sandbox.seller_client import SellerClient
from tests.tasks.admin.conftest import Browser, text_of

pytestmark = pytest.mark.usefixtures("registered")
MAKE_LOCATION = "POST /sell/inventory/v1/location/{merchantLocationKey}"
TOKEN_ROUTE = "POST /identity/v1/oauth2/token"


def refused(response: Any, *words: str) -> None:
    """A calm page with advice, and nothing stored."""
    page = text_of(response)
    assert response.status_code == 403, page
    assert "The shop was not connected" in page
    for each in words:
        assert each in page
    assert not Account.objects.exists()
    assert not Lane.objects.exists()


def test_a_shop_is_connected_and_ready_to_work(manager: Browser) -> None:
    response = connected(manager)
    account = Account.objects.get()
    assert response["Location"] == f"{ACCOUNTS}{account.pk}/missing/"
    assert (account.name, account.marketplace) == ("bob", "ebay")
    assert account.shop_id.startswith("sandbox")
    lane = Lane.objects.get(account_id=account.pk)
    assert (lane.schema_name, lane.account_name, lane.consent_needed_at) == ("t1", "bob", None)
    endpoint = connector_for("ebay").app().tokens  # type: ignore[union-attr]
    token = AccessTokens(account.pk, endpoint)()
    assert AccessTokens(account.pk, endpoint)(rejected=token) != token
    action = StaffAction.objects.get()
    assert (action.kind, action.by, action.done_count) == ("connect_account", "mara", 1)
    page = text_of(manager.get(response["Location"]))
    assert "“bob” is connected to eBay." in page


def test_a_shop_is_read_as_soon_as_it_is_connected(manager: Browser) -> None:
    """Before publications: it tells what the seller sells there already."""
    connected(manager)
    jobs = MarketplaceJob.objects.order_by("action")
    assert [(job.action, job.priority) for job in jobs] == [("orders", 2), ("sync", 2)]
    soon = timezone.now() + timedelta(minutes=2)
    assert all(job.run_after < soon for job in jobs)
    connected(manager)
    assert MarketplaceJob.objects.count() == 2


def test_the_only_policy_of_each_kind_and_the_only_location_are_chosen(
    manager: Browser, control: SandboxControl
) -> None:
    report = control.seller("bob")
    connected(manager)
    settings = Account.objects.get().settings
    assert settings["marketplace_id"] == "EBAY_FR"
    for name in ("fulfillment_policy_id", "payment_policy_id", "return_policy_id"):
        assert settings[name] == report[name]
    assert settings["merchant_location_key"] == report["merchant_location_key"]


def test_what_is_missing_is_named(manager: Browser, control: SandboxControl) -> None:
    control.seller("bob", policies=False)
    page = text_of(manager.get(connected(manager)["Location"]))
    for each in (
        "No shipping policy for EBAY_FR: create one at eBay, then check again",
        "No return policy for EBAY_FR: create one at eBay, then check again",
        "No eBay category is chosen in the account&#x27;s settings",
    ):
        assert each in page
    assert "inventory location" not in page


def test_what_was_missing_is_found_by_checking_again(
    manager: Browser, running: SandboxProcess, control: SandboxControl
) -> None:
    report = control.seller("bob", location=False)
    missing = connected(manager)["Location"]
    assert "The seller has no inventory location at eBay" in text_of(manager.get(missing))
    account = Account.objects.get()
    client = SellerClient(running.api_url, report, token=account.access_token)
    depot = {"location": {"address": {"country": "FR", "postalCode": "69001"}}, "name": "Depot"}
    client.call("POST", "/sell/inventory/v1/location/depot", depot)
    assert manager.post(f"{ACCOUNTS}{account.pk}/check/")["Location"] == missing
    assert "inventory location" not in text_of(manager.get(missing))
    account.refresh_from_db()
    assert account.settings["merchant_location_key"] == "depot"


PLACE: dict[str, Any] = {"country": "fr", "postal_code": "69001", "city": "Lyon", "name": "Depot"}


def location_form(manager: Browser, control: SandboxControl) -> tuple[str, dict[str, Any]]:
    """The page that is offered to a seller without a location, and the key of its form."""
    control.seller("bob", location=False)
    missing = text_of(manager.get(connected(manager)["Location"]))
    page = f"{ACCOUNTS}{Account.objects.get().pk}/location/"
    assert f'href="{page}"' in missing
    found = re.search(r'name="key" value="([^"]+)"', text_of(manager.get(page)))
    assert found is not None
    return page, {"key": found[1]}


@pytest.mark.parametrize("kind", ["", "cut_before", "cut_after"])
def test_a_seller_without_an_inventory_location_gets_one(
    manager: Browser, control: SandboxControl, kind: str
) -> None:
    page, key = location_form(manager, control)
    if kind:
        control.add_fault(MAKE_LOCATION, kind)
    answer = manager.post(page, **PLACE, **key)
    if kind == "cut_before":
        assert "no complete answer came back" in text_of(answer)
        assert not StaffAction.objects.filter(kind="make_location").exists()
        answer = manager.post(page, **PLACE, **key)
    manager.post(page, **PLACE, **key)
    assert "inventory location is" not in text_of(manager.get(answer["Location"]))
    account = Account.objects.get()
    assert account.settings["merchant_location_key"] == "stoflow"
    assert account.found["choices"]["merchant_location_key"] == [["stoflow", "Depot"]]
    action = StaffAction.objects.get(kind="make_location")
    assert (action.by, action.done_count) == ("mara", 1)
    assert control.effects()["effects"][MAKE_LOCATION] == 1


def test_an_address_that_ebay_does_not_take_is_told_in_the_form(
    manager: Browser, control: SandboxControl
) -> None:
    page, key = location_form(manager, control)
    answer = manager.post(page, country="FR", city="Lyon", **key)
    assert "needs the postal code, or the city and its state" in text_of(answer)
    error = {"errorId": 25802, "category": "REQUEST", "message": "Unknown postal code."}
    control.add_fault(MAKE_LOCATION, "status", status=400, body={"errors": [error]})
    answer = manager.post(page, **PLACE, **key)
    assert "Unknown postal code" in text_of(answer)
    assert 'value="69001"' in text_of(answer)
    assert "merchant_location_key" not in Account.objects.get().settings


def test_who_may_not_change_accounts_makes_no_location(
    manager: Browser, committed: Tenant, control: SandboxControl
) -> None:
    page, key = location_form(manager, control)
    supporter = person("sue", committed, SUPPORT)
    assert supporter.get(page).status_code == 403
    assert supporter.post(page, **PLACE, **key).status_code == 403


def test_tokens_and_verifiers_are_encrypted_and_in_no_log(
    manager: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = begun(manager)
    manager.get(decided(address))
    account = Account.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM accounts")
        assert not set(cursor.fetchone()) & {account.access_token, account.refresh_token}
    for secret in (account.access_token, account.refresh_token, of_query(address)["state"]):
        assert secret not in caplog.text


def test_no_more_is_asked_for_than_is_needed(manager: Browser) -> None:
    asked = of_query(begun(manager))
    names = [scope.rpartition("/")[2] for scope in asked["scope"].split()]
    assert names == [
        "api_scope",
        "sell.inventory",
        "sell.account.readonly",
        "sell.fulfillment.readonly",
        "commerce.identity.readonly",
    ]
    assert (asked["response_type"], asked["redirect_uri"]) == ("code", "StoFlow-RuName")


def test_a_seller_who_declines_has_changed_nothing(manager: Browser) -> None:
    refused(connected(manager, decision="deny"), "The seller declined at eBay", "begin again")
    assert not ConsentRequest.objects.exists()


@pytest.mark.parametrize("reason", ["invalid_scope", "server_error", "<script>"])
def test_what_else_the_marketplace_may_refuse_is_told(manager: Browser, reason: str) -> None:
    state = of_query(begun(manager))["state"]
    response = manager.get(CALLBACK, state=state, error=reason)
    refused(response, "did not let the seller consent", "tell the operators")
    assert "<script>)" not in text_of(response)


def test_an_answer_counts_once(manager: Browser) -> None:
    back = decided(begun(manager))
    manager.get(back)
    before = Account.objects.values_list("access_token", "refresh_token", "updated_at").get()
    response = manager.get(back)
    assert response.status_code == 403
    assert "used already" in text_of(response)
    after = Account.objects.values_list("access_token", "refresh_token", "updated_at").get()
    assert after == before


def test_of_two_who_come_back_at_once_one_goes_on(manager: Browser, committed: Tenant) -> None:
    connector = connector_for("ebay")
    assert connector is not None
    state = consents.read_state(connector, of_query(begun(manager))["state"])
    user_id = User.objects.get().pk
    barrier = Barrier(4)

    def come_back() -> bool:
        try:
            with tenancy.inside(committed):
                barrier.wait(10)
                consents.take(connector, state, user_id=user_id)
        except StateRefusedError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        taken = [future.result(30) for future in [pool.submit(come_back) for _ in range(4)]]
    assert taken.count(True) == 1


def test_an_answer_that_failed_counts_no_second_time(
    manager: Browser, control: SandboxControl
) -> None:
    back = decided(begun(manager))
    control.add_fault(TOKEN_ROUTE, "cut_after")
    refused(manager.get(back), "no complete answer came back", "Begin again")
    refused(manager.get(back), "used already")


def test_only_who_began_can_finish(manager: Browser, committed: Tenant) -> None:
    back = decided(begun(manager))
    other = person("nora", committed)
    refused(other.get(back), "Somebody else began")
    assert manager.get(back).status_code == 302, "the one who began is not kept from it"
    assert Account.objects.count() == 1


def test_an_answer_comes_within_ten_minutes(manager: Browser) -> None:
    back = decided(begun(manager))
    ConsentRequest.objects.update(expires_at=timezone.now())
    refused(manager.get(back), "more than 10 minutes")
    assert not ConsentRequest.objects.exists()


@pytest.mark.parametrize(
    "made",
    [
        lambda: "",
        lambda: "nonsense",
        lambda: signing.dumps({"schema": "t1", "secret": "x"}),
        lambda: signing.dumps({"schema": "t1"}, salt="marketplaces.connecting:ebay"),
        lambda: signing.dumps(["t1", "x"], salt="marketplaces.connecting:ebay"),
    ],
    ids=["none", "nonsense", "signed for something else", "half", "a list"],
)
def test_a_state_that_was_not_made_here_is_refused(
    manager: Browser, made: Callable[[], str]
) -> None:
    refused(manager.get(CALLBACK, state=made(), code="c"), "belongs to no connection")


def test_a_state_for_another_marketplace_is_refused(manager: Browser) -> None:
    state = signing.dumps({"schema": "t1", "secret": "x"}, salt="marketplaces.connecting:etsy")
    refused(manager.get(CALLBACK, state=state, code="c"), "belongs to no connection")


def test_the_tenant_inside_a_state_cannot_be_changed(manager: Browser) -> None:
    state = of_query(begun(manager))["state"]
    payload, _, signature = state.partition(":")
    forged = signing.dumps({"schema": "t2", "secret": "x"}).partition(":")[0]
    refused(manager.get(CALLBACK, state=f"{forged}:{signature}", code="c"))
    assert payload != forged


def test_another_seller_s_state_finds_nothing(manager: Browser, committed: Tenant) -> None:
    other = Tenant.objects.get(schema_name="t2")
    stranger = person("sten", other)
    stranger.tenant = committed
    back = decided(begun(manager))
    assert stranger.get(back).status_code == 404
    unknown = signing.dumps({"schema": "t9", "secret": "x"}, salt="marketplaces.connecting:ebay")
    assert manager.get(CALLBACK, state=unknown, code="c").status_code == 404
    assert not Account.objects.exists()
    with tenancy.inside(other):
        assert not Account.objects.exists()


def test_who_may_no_longer_change_accounts_cannot_finish(manager: Browser) -> None:
    back = decided(begun(manager))
    Membership.objects.update(role=Group.objects.get(name=SUPPORT))
    assert manager.get(back).status_code == 403
    Membership.objects.all().delete()
    User.objects.update(is_staff=True)
    assert manager.get(back).status_code == 404
    assert not Account.objects.exists()


def test_who_was_signed_out_meanwhile_signs_in_and_finishes(
    manager: Browser, committed: Tenant
) -> None:
    back = decided(begun(manager))
    response = Browser(None, committed).get(back)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=/connect/ebay/")
    assert manager.get(back).status_code == 302


def test_the_address_is_the_installation_s_and_knows_its_marketplaces(manager: Browser) -> None:
    state = of_query(begun(manager))["state"]
    assert manager.get(f"/t/t1{CALLBACK}", state=state, code="c").status_code == 404
    assert manager.get("/connect/nowhere/", state=state, code="c").status_code == 404
    assert manager.post(CALLBACK, state=state, code="c").status_code == 404


@pytest.mark.parametrize("role", [VIEWER, SUPPORT])
def test_only_managers_begin(committed: Tenant, role: str) -> None:
    browser = person("vic", committed, role)
    assert browser.post(f"{ACCOUNTS}connect/ebay/").status_code == 403
    assert "Connect eBay" not in text_of(browser.get(ACCOUNTS))
    assert not ConsentRequest.objects.exists()


def test_an_unregistered_installation_says_whom_to_tell(
    manager: Browser, settings: Settings
) -> None:
    settings.EBAY = settings.EBAY | {"redirect_name": ""}
    assert begun(manager) == ACCOUNTS
    assert "StoFlow is not registered at eBay yet. Tell the operators" in text_of(
        manager.get(ACCOUNTS)
    )


def test_a_wrong_secret_of_ours_is_the_operators_business(
    manager: Browser, settings: Settings
) -> None:
    back = decided(begun(manager))
    settings.EBAY = settings.EBAY | {"client_secret": "wrong"}
    refused(manager.get(back), "does not recognise StoFlow", "Tell the operators")


def test_a_code_that_the_marketplace_did_not_give_is_refused(manager: Browser) -> None:
    state = of_query(begun(manager))["state"]
    refused(manager.get(CALLBACK, state=state, code="guessed"), "invalid_grant")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"access_token": "a", "refresh_token": "r", "scope": "x y"}', "less than StoFlow needs"),
        (b'{"access_token": "a", "expires_in": 7200}', "cannot be renewed"),
        (b'{"access_token": ""}', "cannot be read"),
        (b'{"error": "server_error"}', "cannot be read"),
        (b"[]", "cannot be read"),
        (b"<html>", "cannot be read"),
    ],
)
def test_half_a_consent_is_none(
    manager: Browser, settings: Settings, body: bytes, words: str
) -> None:
    back = decided(begun(manager))
    with LoopbackServer(answer(200, body)) as server:
        settings.EBAY = settings.EBAY | {"oauth_url": server.url().rstrip("/")}
        refused(manager.get(back), words)


def test_a_shop_whose_identity_is_not_told_is_not_connected(
    manager: Browser, control: SandboxControl
) -> None:
    control.add_fault("GET /commerce/identity/v1/user/", "status", status=503, times=0)
    refused(connected(manager), "Begin again")


def test_connecting_the_same_shop_once_more_renews_its_account(manager: Browser) -> None:
    connected(manager)
    first = Account.objects.get()
    Account.objects.update(name="Our name for it")
    connected(manager)
    again = Account.objects.get()
    assert (again.pk, again.name) == (first.pk, "Our name for it")
    assert again.refresh_token != first.refresh_token


def test_a_second_shop_of_the_same_name_gets_one_of_its_own(manager: Browser) -> None:
    Account.objects.create(marketplace="ebay", name="bob", shop_id="other")
    connected(manager)
    account = Account.objects.exclude(shop_id="other").get()
    assert account.name == f"bob ({account.shop_id})"


def test_an_account_is_connected_again_and_its_work_goes_on(
    manager: Browser, control: SandboxControl
) -> None:
    connected(manager)
    account = Account.objects.get()
    control.revoke("bob")
    lanes.stop_for_consent(account.pk, reason="Revoked")
    assert "Connect again" in text_of(manager.get(f"{ACCOUNTS}{account.pk}/change/"))
    address = begun(manager, f"{ACCOUNTS}{account.pk}/connect/")
    page = manager.get(manager.get(decided(address))["Location"])
    assert "its work goes on" in text_of(page)
    lane = Lane.objects.get()
    assert (lane.consent_needed_at, lane.due_at is None) == (None, False)


def test_an_account_never_becomes_another_shop(manager: Browser) -> None:
    connected(manager)
    account = Account.objects.get()
    address = begun(manager, f"{ACCOUNTS}{account.pk}/connect/")
    response = manager.get(decided(address, seller="carol"))
    assert response.status_code == 403
    assert "that of “carol”, which is another shop than “bob”" in text_of(response)
    unchanged = Account.objects.get()
    assert unchanged.refresh_token == account.refresh_token
    assert unchanged.shop_id == account.shop_id


def test_an_account_that_an_operator_added_is_known_by_the_token_it_has(
    manager: Browser, account: Account
) -> None:
    path = f"{ACCOUNTS}{account.pk}/connect/"
    response = manager.get(decided(begun(manager, path), seller="carol"))
    assert "another shop than" in text_of(response)
    assert manager.get(decided(begun(manager, path), seller="anna")).status_code == 302
    account.refresh_from_db()
    assert account.shop_id


def test_an_account_whose_token_is_dead_is_known_by_its_listings(
    manager: Browser, shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    account = listing.account
    control.revoke("anna")
    before = Account.objects.get().refresh_token
    path = f"{ACCOUNTS}{account.pk}/connect/"
    page = text_of(manager.get(decided(begun(manager, path), seller="carol")))
    assert "nothing shows that they are those of “carol”" in page
    assert "sign in there as the account's own shop" in html.unescape(page)
    assert (Account.objects.get().shop_id, Account.objects.get().refresh_token) == ("", before)
    assert manager.get(decided(begun(manager, path), seller="anna")).status_code == 302
    assert Account.objects.get().shop_id


def test_an_account_whose_token_is_dead_and_that_never_sold_is_whoever_connects_it(
    manager: Browser, account: Account, product: Product, control: SandboxControl
) -> None:
    Listing.objects.create(account=account, product=product, key="t1zp1")
    control.revoke("anna")
    path = f"{ACCOUNTS}{account.pk}/connect/"
    assert manager.get(decided(begun(manager, path), seller="carol")).status_code == 302


def test_a_shop_that_an_operator_added_is_not_connected_a_second_time(
    manager: Browser, account: Account
) -> None:
    assert connected(manager, seller="anna").status_code == 302
    again = Account.objects.get()
    assert again.pk == account.pk
    assert again.refresh_token != account.refresh_token


def test_two_accounts_are_never_the_same_shop(manager: Browser) -> None:
    connected(manager)
    other = Account.objects.create(marketplace="ebay", name="Another", shop_id="")
    response = manager.get(decided(begun(manager, f"{ACCOUNTS}{other.pk}/connect/")))
    assert "connected already, as “bob”" in text_of(response)
    other.refresh_from_db()
    assert (other.shop_id, other.refresh_token) == ("", "")


def test_a_shop_that_cannot_be_asked_after_consent_is_connected_all_the_same(
    manager: Browser, control: SandboxControl
) -> None:
    route = "GET /sell/account/v1/return_policy"
    control.add_fault(route, "status", status=503, times=0)
    page = manager.get(connected(manager)["Location"])
    assert "eBay could not be asked" in text_of(page)
    assert "has not been asked yet" in text_of(page)
    assert Account.objects.get().refresh_token


def test_a_challenge_proves_the_verifier() -> None:
    verifier = grants.new_verifier()
    address = grants.consent_address(
        "https://x.example/consent",
        client_id="id",
        redirect_uri="https://stoflow.example/connect/x/",
        scopes=("a", "b"),
        state="s",
        verifier=verifier,
    )
    query = of_query(address)
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert verifier not in address
    form = grants.code_form("c", redirect_uri="https://x", verifier=verifier, client_id="id")
    assert form == {
        "grant_type": "authorization_code",
        "client_id": "id",
        "code_verifier": verifier,
        "code": "c",
        "redirect_uri": "https://x",
    }


def test_old_requests_are_forgotten(manager: Browser) -> None:
    begun(manager)
    ConsentRequest.objects.update(expires_at=timezone.now())
    begun(manager)
    assert ConsentRequest.objects.count() == 1
    waiting = ConsentRequest.objects.get()
    assert waiting.expires_at - timezone.now() <= consents.VALID
    assert waiting.user_id == User.objects.get().pk
