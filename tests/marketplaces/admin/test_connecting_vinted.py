"""Connecting Vinted: what a person is told first, and a code that is shown once and kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from pytest_django.fixtures import Settings

from marketplaces.models import Account, PluginToken
from marketplaces.vinted.plugin import tokens
from stoflow.tenants.models import Tenant
from tasks.dispatch.models import Lane
from tasks.models import StaffAction, StaffActionOutcome
from tests.marketplaces.admin.plugin_pages import (
    ACCOUNTS,
    ADDRESS,
    CONNECT,
    code_in,
    form_of,
    page,
    plugin_of,
    words,
)
from tests.tasks.admin.conftest import Browser, staff, text_of
from tests.tasks.admin.pressing import read, words_of
from tests.tasks.admin.walk import everything_stored


@pytest.fixture(autouse=True)
def plugin_server(settings: Settings) -> None:
    settings.VINTED = {**settings.VINTED, "plugin_url": f"{ADDRESS}/"}


@pytest.fixture
def manager(tenant: Tenant) -> Browser:
    return Browser(staff("mara", tenant, "change_account"), tenant)


@pytest.fixture
def account(tenant: Tenant) -> Account:
    account: Account = Account.objects.create(marketplace="vinted", name="Marie", shop_id="4711")
    return account


def connected(browser: Browser, **changed: Any) -> str:
    return code_in(browser.post(CONNECT, **form_of(browser, **changed)))


def test_the_terms_are_said_before_anything_is_made(manager: Browser) -> None:
    assert f'href="{CONNECT}"' in text_of(manager.get(ACCOUNTS))
    told = words_of(text_of(manager.get(CONNECT)))
    assert "Automating Vinted may breach Vinted's terms of use." in told
    assert "Whether to use it is the seller's decision" in told
    assert not Account.objects.exists()


def test_without_the_box_nothing_is_connected(manager: Browser) -> None:
    form = form_of(manager)
    del form["agreed"]
    answer = manager.post(CONNECT, **form)
    assert answer.status_code == 422
    assert "Without this, nothing is connected." in text_of(answer)
    assert 'value="Marie"' in text_of(answer)
    assert not Account.objects.exists()
    assert not StaffAction.objects.exists()


def test_the_form_makes_the_account_and_a_code_that_is_good(manager: Browser) -> None:
    token = connected(manager, site="www.vinted.de")
    account = Account.objects.get()
    assert (account.marketplace, account.name) == ("vinted", "Marie")
    assert account.settings == {"site": "www.vinted.de"}
    assert tokens.account_of(token) == account
    assert Lane.objects.get(account_id=account.pk).marketplace == "vinted"


def test_who_confirmed_the_terms_and_when_is_kept_and_shown(manager: Browser) -> None:
    connected(manager)
    line = StaffActionOutcome.objects.select_related("action").get()
    assert (line.action.kind, line.action.by) == ("connect_plugin", "mara")
    assert "may breach its terms of use" in line.sentence
    assert "Confirmed by mara" in words(manager, Account.objects.get())


def test_an_account_that_nobody_confirmed_says_so(manager: Browser, account: Account) -> None:
    assert "Nobody has confirmed here that the seller knows this." in words(manager, account)


def test_the_same_form_again_makes_nothing_and_shows_no_code(manager: Browser) -> None:
    form = form_of(manager)
    token = code_in(manager.post(CONNECT, **form))
    again = manager.post(CONNECT, **form)
    assert token
    assert code_in(again) == ""
    assert "nothing was made twice" in text_of(again)
    assert Account.objects.count() == PluginToken.objects.count() == 1
    assert tokens.account_of(token) is not None


def test_the_code_is_kept_nowhere_and_no_cache_may_keep_it(manager: Browser) -> None:
    answer = manager.post(CONNECT, **form_of(manager))
    token = code_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert token not in str([each.get_decoded() for each in Session.objects.all()])
    assert "messages" not in answer.cookies
    assert token not in everything_as_text()
    for path in (ACCOUNTS, page(Account.objects.get()), CONNECT):
        assert token not in text_of(manager.get(path))


def everything_as_text() -> str:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f"SELECT string_agg(t::text, '') FROM \"{table}\" t")  # noqa: S608
            found.append(cursor.fetchone()[0] or "")
    return "".join(found)


def test_a_name_that_is_taken_is_refused_and_the_form_can_be_sent_again(
    manager: Browser, account: Account
) -> None:
    form = form_of(manager)
    answer = manager.post(CONNECT, **form)
    assert answer.status_code == 422
    assert "There is an account “Marie” already." in words_of(text_of(answer))
    assert code_in(manager.post(CONNECT, **{**form, "name": "Marie 2"}))
    assert Account.objects.count() == 2


@pytest.mark.parametrize(
    "changed", [{"name": " "}, {"site": "www.vinted.example"}, {"key": ""}, {"key": "1"}]
)
def test_what_was_not_offered_is_refused(manager: Browser, changed: dict[str, str]) -> None:
    assert manager.post(CONNECT, **form_of(manager, **changed)).status_code == 422
    assert not Account.objects.exists()


def test_without_a_plugin_server_nobody_is_led_into_a_form(
    manager: Browser, settings: Settings
) -> None:
    settings.VINTED = {**settings.VINTED, "plugin_url": ""}
    answer = manager.get(CONNECT, follow=True)
    assert answer.status_code == 302
    told = words_of(text_of(manager.get(answer["Location"])))
    assert "StoFlow's plugin server for Vinted is not set up yet. Tell the operators" in told


def test_a_new_code_voids_the_old_one(manager: Browser, account: Account) -> None:
    old = tokens.issue(account, by="sam")
    told = read(manager.get(page(account, "browser/code")))
    assert "The present code is void at once" in told.text
    answer = manager.post(told.target, **told.fields, reason="new computer")
    assert tokens.account_of(old) is None
    assert tokens.account_of(code_in(answer)) == account
    assert "no-store" in answer["Cache-Control"]
    action = StaffAction.objects.get()
    assert (action.kind, action.reason, action.done_count) == (
        "new_connection_code", "new computer", 1,
    )  # fmt: skip


def test_a_new_code_s_form_sent_twice_leaves_the_first_code_good(
    manager: Browser, account: Account
) -> None:
    told = read(manager.get(page(account, "browser/code")))
    token = code_in(manager.post(told.target, **told.fields))
    assert code_in(manager.post(told.target, **told.fields)) == ""
    assert tokens.account_of(token) == account


def test_a_revoked_code_is_good_no_more_and_its_plugin_is_sent_away(
    manager: Browser, account: Account
) -> None:
    token = tokens.issue(account, by="sam")
    place = plugin_of(account)
    told = read(manager.get(page(account, "browser/revoke")))
    assert "the plugin was sent away" in words_of(text_of(told.confirm(manager, "lost")))
    assert tokens.account_of(token) is None
    place.refresh_from_db()
    assert place.holder is None
    seen = words(manager, account)
    assert "Connection code revoked" in seen
    assert "New connection code…" in seen
    assert "Revoke…" not in seen


@pytest.mark.parametrize("role", ["add_batchjob", "view_account"])
def test_who_may_not_change_accounts_neither_sees_nor_makes_codes(
    tenant: Tenant, account: Account, role: str
) -> None:
    browser = Browser(staff("sue", tenant, *([role] if role == "add_batchjob" else [])), tenant)
    tokens.issue(account, by="sam")
    before = everything_stored()
    mine = [page(account, f"browser/{name}") for name in ("code", "revoke", "member")]
    for path in (CONNECT, *mine):
        assert browser.get(path).status_code == 403, path
        assert browser.post(path, key="1", do="x", name="x").status_code == 403, path
    seen = text_of(browser.get(page(account))) + text_of(browser.get(ACCOUNTS))
    for path in (CONNECT, "browser/code/", "browser/revoke/", "browser/member/"):
        assert path not in seen
    assert everything_stored() == before


def test_strangers_and_other_marketplaces_have_no_such_pages(
    manager: Browser, stranger: Browser, account: Account
) -> None:
    other = Account.objects.create(marketplace="ebay", name="Toys")
    for part in ("", "/calls", "/code", "/revoke", "/member"):
        name = f"browser{part}"
        assert manager.get(page(account, name)).status_code == 200, name
        assert manager.get(page(other, name)).status_code == 404, name
        assert stranger.get(page(account, name)).status_code == 404, name
    assert stranger.get(CONNECT).status_code == 404
