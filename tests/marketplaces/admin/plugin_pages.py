"""What the tests of a Vinted account's pages share."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.utils import timezone

from marketplaces.models import Account, CommandStatus, PluginCommand, PluginConnection
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.admin.pressing import words_of

ACCOUNTS = f"{TENANT}marketplaces/account/"
CONNECT = f"{ACCOUNTS}connect/vinted/"
ADDRESS = "wss://plugin.example"
CODE = re.compile(r"wss://plugin\.example/t/t1/plugin/ ([\w-]{43})")


def form_of(browser: Browser, **changed: Any) -> dict[str, Any]:
    """The form to connect an account, as a person fills it in."""
    key = re.findall(r'name="key" value="([^"]+)"', text_of(browser.get(CONNECT)))
    filled = {"key": key[0], "name": "Marie", "site": "www.vinted.fr", "agreed": "on"}
    return filled | changed


def code_in(answer: HttpResponse) -> str:
    """The token of the code that a page shows; "" when it shows none."""
    found = CODE.search(words_of(text_of(answer)))
    return found[1] if found else ""


def page(account: Account, name: str = "change") -> str:
    return f"{ACCOUNTS}{account.pk}/{name}/"


def words(browser: Browser, account: Account, name: str = "change") -> str:
    answer = browser.get(page(account, name))
    assert answer.status_code == 200
    return words_of(text_of(answer))


def plugin_of(account: Account, state: str = "ready", **changed: Any) -> PluginConnection:
    """A browser that has just said something."""
    now = timezone.now()
    told = {
        "holder": uuid4(),
        "installation": uuid4(),
        "version": "1.0.0",
        "state": state,
        "site": "www.vinted.fr",
        "user_id": "4711",
        "login": "marie_vide",
        "connected_at": now - timedelta(minutes=5),
        "seen_at": now,
    }
    place, _is_new = PluginConnection.objects.update_or_create(
        account=account, defaults=told | changed
    )
    return place


def call_of(account: Account, **changed: Any) -> PluginCommand:
    """One that Vinted answered."""
    now = timezone.now()
    told = {
        "request": {"method": "GET", "path": "/api/v2/wardrobe/4711/items?page=1"},
        "request_hash": "0" * 64,
        "writes": False,
        "status": CommandStatus.ANSWERED,
        "answer_seconds": 25.0,
        "created_at": now - timedelta(seconds=4),
        "open_until": now,
        "granted_at": now - timedelta(seconds=3),
        "ended_at": now,
        "http_status": 200,
    }
    return PluginCommand.objects.create(account=account, **{**told, **changed})
