"""The page of a Vinted account: its browser in words, going on by hand, and the calls made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account, PluginCommand, PluginToken
from marketplaces.vinted.plugin import commands, tokens
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import MANAGER, ROLES
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.dispatch.presence import Presence
from tasks.models import StaffAction
from tasks.sentences import sentence
from tests.marketplaces.admin.plugin_pages import ACCOUNTS, call_of, page, plugin_of, words
from tests.tasks.admin.conftest import TENANT, Browser, let_in, staff, text_of
from tests.tasks.admin.pressing import read, words_of
from tests.tasks.conftest import Bench, tasks_of
from tests.wrong_clocks import clock_ahead


@pytest.fixture
def manager(tenant: Tenant) -> Browser:
    return Browser(staff("mara", tenant, "change_account"), tenant)


@pytest.fixture
def account(tenant: Tenant) -> Account:
    account: Account = Account.objects.create(
        marketplace="vinted", name="Marie", shop_id="4711", settings={"site": "www.vinted.fr"}
    )
    lanes.ensure(account.pk, marketplace="vinted", name=account.name)
    return account


def stopped(account: Account) -> None:
    asked = sentence("Vinted asks in the seller's browser whether a person sits there.")
    lanes.stop_for_consent(account.pk, reason=asked)


LONG_AGO = timezone.now() - timedelta(hours=3)
GONE = {"holder": None, "gone_at": LONG_AGO}
SILENT = {"seen_at": LONG_AGO}


@pytest.mark.parametrize(
    ("state", "changed", "said"),
    [
        ("ready", {}, "Ready: connected, and signed in as the account's own member."),
        ("no_tab", {}, "No page of Vinted is open in the seller's browser."),
        ("signed_out", {}, "Nobody is signed in at Vinted in the seller's browser."),
        ("challenge", {}, "Vinted asks in the seller's browser whether a person sits there."),
        ("ready", {"user_id": "9", "login": "paul"}, "signed in at Vinted as “paul” (9)"),
        ("ready", GONE, "StoFlow's plugin is not running."),
        ("ready", SILENT, "StoFlow's plugin is not running."),
    ],
)  # fmt: skip
def test_the_browser_s_state_is_said_in_words(
    viewer: Browser, account: Account, state: str, changed: dict[str, Any], said: str
) -> None:
    plugin_of(account, state, **changed)
    since = "Connection lost 3" if changed in (GONE, SILENT) else "Connected 5"
    seen = words(viewer, account)
    assert said in seen
    assert since in seen
    assert words(viewer, account, "browser") in seen


def test_after_the_code_was_revoked_a_new_one_is_asked_for(
    viewer: Browser, account: Account
) -> None:
    tokens.issue(account, by="mara")
    plugin_of(account)
    tokens.revoke(account)
    for seen in (words(viewer, account), words_of(text_of(viewer.get(ACCOUNTS)))):
        assert "the connection code was revoked. A new one has to be made" in seen
        assert "plugin is not running" not in seen
    tokens.issue(account, by="mara")
    assert "the new connection code was not entered" in words(viewer, account)
    PluginToken.objects.update(used_at=timezone.now())
    assert "plugin is not running" in words(viewer, account)


@pytest.mark.parametrize("shop_id", ["", "4712"])
def test_the_account_that_has_the_signed_in_member_is_named(
    viewer: Browser, account: Account, shop_id: str
) -> None:
    Account.objects.filter(pk=account.pk).update(shop_id=shop_id)
    Account.objects.create(marketplace="vinted", name="Marie's first", shop_id="4711")
    plugin_of(account)
    said = "“marie_vide” (4711), the member of the account “Marie's first”."
    for seen in (words(viewer, account), words_of(text_of(viewer.get(ACCOUNTS)))):
        assert said in seen
    assert "()" not in words(viewer, account)


def test_another_site_is_not_the_account_s_own(viewer: Browser, account: Account) -> None:
    plugin_of(account, site="www.vinted.be")
    assert "only one of www.vinted.be" in words(viewer, account)


def test_what_changes_by_itself_is_said_in_the_part_that_refreshes_alone(
    viewer: Browser, account: Account
) -> None:
    seen, part = words(viewer, account), words(viewer, account, "browser")
    for said in (
        "The seller's browser has never been connected.",
        "Work on this account Nothing to do",
    ):
        assert (seen.count(said), part.count(said)) == (1, 1)


def test_a_stopped_account_is_not_called_ready(viewer: Browser, account: Account) -> None:
    plugin_of(account)
    stopped(account)
    seen = words(viewer, account)
    assert "Connected, and signed in as the account's own member." in seen
    assert "Next call once somebody lets the work go on" in seen
    assert "Ready" not in seen


def test_what_was_never_connected_says_so_without_a_word_of_signing_in_by_consent(
    viewer: Browser, manager: Browser, account: Account
) -> None:
    for seen in (words(viewer, account), words_of(text_of(viewer.get(ACCOUNTS)))):
        assert "The seller's browser has never been connected." in seen
        assert "there is no sign-in yet" not in seen
        assert "sign-in is renewed" not in seen
    assert "Connect again" not in words(manager, account)


def test_facts_of_the_browser_are_shown(viewer: Browser, account: Account) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    tokens.issue(account, by="sam")
    call_of(account)
    plugin_of(account, rests_until=timezone.now() + timedelta(minutes=2))
    seen = words(viewer, account)
    assert "Plugin's version 1.0.0" in seen
    assert "marie_vide 4711" in seen
    assert "after a pause between two calls" in seen
    assert "made by sam" in seen
    assert "not used yet" in seen
    plugin_of(account, rests_until=timezone.now() - timedelta(seconds=1))
    assert "Next call may go at once" in words(viewer, account)


@pytest.mark.parametrize(
    ("state", "changed"),
    [("ready", GONE), ("ready", SILENT), ("no_tab", {}), ("signed_out", {}), ("challenge", {}),
     ("ready", GONE | {"rests_until": timezone.now() + timedelta(days=1)})],
)  # fmt: skip
def test_no_call_goes_without_the_seller_s_browser(
    viewer: Browser, account: Account, state: str, changed: dict[str, Any]
) -> None:
    plugin_of(account, state, **changed)
    for seen in (words(viewer, account), words(viewer, account, "browser")):
        assert "Next call waits for the seller's browser" in seen
        assert "may go at once" not in seen


def test_no_call_goes_while_the_account_s_work_is_paused(viewer: Browser, account: Account) -> None:
    plugin_of(account)
    lanes.pause(account.pk, by="sam", reason="")
    assert "Next call once somebody resumes the account's work" in words(viewer, account)


@pytest.mark.parametrize(
    "waits",
    [
        "waits until workers are started",
        "waits until the clocks of the workers' machines are right",
    ],
)
def test_while_nobody_works_no_call_may_go_at_once(
    viewer: Browser, account: Account, waits: str
) -> None:
    plugin_of(account)
    if "clocks" in waits:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    Lane.objects.update(waiting_count=1)
    for seen in (words(viewer, account), words(viewer, account, "browser")):
        assert f"Work on this account W{waits[1:]}" in seen
        assert f"Next call {waits}" in seen


def test_the_page_refreshes_the_browser_s_part_alone(viewer: Browser, account: Account) -> None:
    part = page(account, "browser")
    assert f'data-refresh="{part}"' in text_of(viewer.get(page(account)))
    live = text_of(viewer.get(part))
    assert live.strip().startswith("<section")
    assert f'data-refresh="{part}"' in live


def test_other_accounts_have_no_browser(viewer: Browser, bench: Bench) -> None:
    assert "The seller's browser" not in words(viewer, bench.account)


def test_the_list_says_whether_the_browser_is_there(viewer: Browser, account: Account) -> None:
    plugin_of(account, "signed_out")
    seen = words_of(text_of(viewer.get(ACCOUNTS)))
    assert "Nobody is signed in at Vinted in the seller's browser." in seen


def test_a_stop_is_lifted_by_whoever_may_resume_work_and_is_recorded(
    manager: Browser, account: Account
) -> None:
    stopped(account)
    seen = words(manager, account)
    assert "a person has to let it go on" in seen
    assert "Go on…" in seen
    told = read(manager.get(page(account, "work"), do="go_on_account"))
    assert "It stopped because: Vinted asks in the seller's browser" in told.text
    assert "First, at Vinted and by hand" in told.text
    told.confirm(manager, "Marie has answered it")
    assert Lane.objects.get().consent_needed_at is None
    action = StaffAction.objects.get()
    assert (action.kind, action.by, action.reason) == (
        "go_on_account", "mara", "Marie has answered it",
    )  # fmt: skip
    assert "Let an account's work go on by mara" in words(manager, account)


def test_the_same_form_sent_again_does_not_lift_the_next_stop(
    manager: Browser, account: Account
) -> None:
    stopped(account)
    told = read(manager.get(page(account, "work"), do="go_on_account"))
    told.confirm(manager)
    stopped(account)
    told.confirm(manager)
    assert Lane.objects.get().consent_needed_at is not None


def test_what_does_not_wait_or_needs_a_consent_cannot_be_let_go_on(
    manager: Browser, account: Account, bench: Bench
) -> None:
    refused = "does not wait for anybody to let it go on"
    assert refused in read(manager.get(page(account, "work"), do="go_on_account")).text
    assert "Go on…" not in words(manager, account)
    bench.request()
    stopped(bench.account)
    told = read(manager.get(page(bench.account, "work"), do="go_on_account"))
    assert refused in told.text
    told.confirm(manager)
    assert bench.lane.consent_needed_at is not None
    assert "Go on…" not in words(manager, bench.account)


def test_support_may_not_let_work_go_on(member: Browser, account: Account) -> None:
    stopped(account)
    assert "Go on…" not in text_of(member.get(page(account))).replace("presses “Go on…”", "")
    assert member.post(page(account, "work"), do="go_on_account").status_code == 403
    assert Lane.objects.get().consent_needed_at is not None


def test_front_pages_and_banners_speak_of_going_on(viewer: Browser, account: Account) -> None:
    stopped(account)
    front = words_of(text_of(viewer.get(TENANT)))
    assert "Work on “Marie” has stopped until somebody lets it go on." in front
    assert "Needs somebody to let it go on, stopped" in front
    assert "connect it again" not in front


def test_the_last_calls_are_listed_with_their_job(
    viewer: Browser, account: Account, bench: Bench
) -> None:
    job = bench.work_until_ended(bench.request())
    call_of(account, task_id=tasks_of(job)[0].pk)
    secret = {"method": "POST", "path": "/api/v2/photos?access_token=hidden", "json": {"a": "b"}}
    call_of(account, request=secret, status="LOST", http_status=None, reason="tab", writes=True)
    seen = words(viewer, account, "browser/calls")
    assert "GET /api/v2/wardrobe/4711/items?page=1 200 Vinted answered." in seen
    assert "No answer: nobody knows whether it took effect." in seen
    assert "The page of Vinted was closed meanwhile." in seen
    assert "hidden" not in seen
    link = f'href="{TENANT}tasks/marketplacejob/{job.pk}/change/"'
    assert link in text_of(viewer.get(page(account, "browser/calls")))


def test_what_was_not_sent_did_not_go_well_whatever_vinted_answered_before(
    viewer: Browser, account: Account
) -> None:
    call_of(account, status="UNSENT", http_status=200, reason="vinted", writes=True)
    shown = text_of(viewer.get(page(account, "browser/calls")))
    assert '<b class="is-bad">200</b> Nothing was sent. Vinted did not say who' in shown
    assert "is-good" not in shown


def test_old_calls_are_deleted_but_for_one_that_is_under_way(account: Account) -> None:
    old = timezone.now() - timedelta(days=8)
    call_of(account, created_at=old)
    under_way = call_of(account, created_at=old, status="GRANTED", ended_at=None)
    young = call_of(account)
    assert commands.forget_old(dry_run=True) == commands.forget_old() == 1
    assert set(PluginCommand.objects.all()) == {under_way, young}


def test_without_a_call_the_page_says_when_there_will_be_one(
    viewer: Browser, account: Account
) -> None:
    assert "No call was made yet." in words(viewer, account, "browser/calls")


def test_the_pages_cost_as_many_queries_with_one_row_as_with_thirty(
    viewer: Browser, account: Account, bench: Bench
) -> None:
    task = tasks_of(bench.work_until_ended(bench.request()))[0]
    plugin_of(account)
    call_of(account, task_id=task.pk)
    few = queries(viewer, account)
    for number in range(30):
        another = Account.objects.create(marketplace="vinted", name=f"Marie {number}")
        plugin_of(another)
        tokens.issue(account, by="sam")
        call_of(account, task_id=task.pk)
    assert queries(viewer, account) == few


def queries(browser: Browser, account: Account) -> list[int]:
    found = []
    for path in (ACCOUNTS, page(account), page(account, "browser"), page(account, "browser/calls")):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(path).status_code == 200
        found.append(len(asked))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_everybody_of_the_seller_sees_the_state_and_only_managers_the_buttons(
    tenant: Tenant, account: Account, role: str
) -> None:
    user = staff("joe", None)
    let_in(user, tenant, role)
    seen = words(Browser(user, tenant), account)
    assert "The seller's browser" in seen
    assert "Calls through the browser" in seen
    assert ("New connection code…" in seen) is (role == MANAGER)


def test_settings_are_saved_as_vinted_reads_them(manager: Browser, account: Account) -> None:
    form: dict[str, Any] = {
        "site": "www.vinted.fr",
        "catalog_id": "221",
        "conditions-word": ["worn"],
        "conditions-value": ["3"],
        "price_factor": "1.10",
    }
    answer = manager.post(page(account, "settings"), **form)
    assert answer["Location"] == page(account, "missing")
    account.refresh_from_db()
    assert account.settings["catalog_id"] == "221"
    assert account.settings["conditions"] == {"worn": "3"}
    assert "Nothing is missing" in words(manager, account, "missing")


def test_the_check_of_an_account_names_what_is_missing(manager: Browser, account: Account) -> None:
    assert manager.post(page(account, "check")).status_code == 302
    assert "No Vinted category is chosen" in words(manager, account, "missing")


def test_colours_that_vinted_has_told_are_offered(manager: Browser, account: Account) -> None:
    lists = {"colors": {"Marine": "27", "NAVY": "27"}}
    Account.objects.update(settings=account.settings | {"lists": lists})
    manager.post(page(account, "check"))
    shown = text_of(manager.get(page(account, "settings")))
    assert '<option value="27"' in shown
    assert "Marine" in shown
