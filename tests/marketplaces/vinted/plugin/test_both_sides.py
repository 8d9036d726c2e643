"""The plugin without a browser, StoFlow's own server, and the sandbox's Vinted, all for real."""

from __future__ import annotations

import hashlib
import io
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from marketplaces.models import Account, PluginCommand
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin.process import PluginProcess
from marketplaces.vinted.plugin import tokens
from marketplaces.vinted.plugin.exchange import FormFile, Request
from marketplaces.vinted.plugin.link import ACT, Fate, PluginLink
from stoflow.tenants.models import Tenant
from tasks.errors import OfflineError, OutcomeUnknownError
from tests.marketplaces.vinted.plugin.browser import meanwhile
from tests.marketplaces.vinted.plugin.conftest import Server

DRAFT = Request("POST", "/api/v2/item_upload/drafts", json={"draft": {"title": "Robe [demozp1]"}})
DRAFT_ROUTE = "POST /api/v2/item_upload/drafts"


@pytest.fixture(scope="module")
def vinted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("vinted") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="vinted") as sandbox:
        yield sandbox


@pytest.fixture
def control(vinted: SandboxProcess) -> VintedControl:
    control = VintedControl(vinted.control_url)
    control.reset()
    return control


@pytest.fixture
def account(committed: Tenant, quick: Settings, vinted: SandboxProcess) -> Account:
    quick.VINTED = {**quick.VINTED, "open_seconds": 10.0, "answer_seconds": 10.0}
    site = urlsplit(vinted.api_url).netloc
    account: Account = Account.objects.create(
        marketplace="vinted", name="Léa", settings={"site": site}
    )
    return account


@pytest.fixture
def plugin(
    server: Server, account: Account, vinted: SandboxProcess, control: VintedControl, tmp_path: Path
) -> Iterator[PluginProcess]:
    lea = control.member("lea")
    process = PluginProcess(
        tmp_path / "browser.sqlite3",
        url=f"ws://127.0.0.1:{server.port}/t/t1/plugin/",
        token=tokens.issue(account, by="staff"),
        site=vinted.api_url,
        username="lea",
        password=lea["password"],
    )
    with process.start():
        yield process


@pytest.fixture
def link(plugin: PluginProcess, account: Account) -> PluginLink:
    account.refresh_from_db()
    return PluginLink(account)


def drafts(control: VintedControl) -> int:
    return control.effects()["summary"]["draft_listings"]


def forget_commands(memory: Path) -> None:
    """As a power cut does with what was written last."""
    with closing(sqlite3.connect(memory)) as file, file:
        file.execute("DELETE FROM commands")


def results_in(memory: Path) -> str:
    with closing(sqlite3.connect(f"file:{memory}?immutable=1", uri=True)) as file:
        return str(file.execute("SELECT result FROM commands").fetchall())


def test_the_first_hello_says_whose_account_it_is(
    link: PluginLink, account: Account, control: VintedControl
) -> None:
    assert account.shop_id == control.member("lea")["user_id"]


def test_a_photo_of_several_pieces_and_a_draft_are_made(
    link: PluginLink, control: VintedControl
) -> None:
    file = io.BytesIO()
    Image.effect_noise((800, 800), 90).convert("RGB").save(file, "JPEG", quality=95)
    photo = file.getvalue()
    assert len(photo) > 2 * 131_072
    form = FormFile("photo[file]", "1.jpg", "image/jpeg", photo)
    fields = {"photo[type]": "item", "photo[temp_uuid]": ""}
    sent = link.send(Request("POST", "/api/v2/photos", fields=fields, file=form), "send a photo")
    number = (sent.json_object() or {})["id"]
    draft = {"draft": {"title": "Robe", "assigned_photos": [{"id": number, "orientation": 0}]}}
    assert link.send(
        Request("POST", "/api/v2/item_upload/drafts", json=draft), "make it"
    ).is_success
    effects = control.effects()
    [listing] = effects["listings"]
    assert [each["checksum"] for each in listing["photos"]] == [hashlib.sha256(photo).hexdigest()]
    assert effects["violations"] == []


@pytest.mark.slow
def test_a_browser_killed_between_effect_and_answer_leaves_it_unknown_and_made_once(
    link: PluginLink, plugin: PluginProcess, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")

    def kill() -> None:
        while not control.holds():
            time.sleep(0.01)
        plugin.kill()
        control.release()
        plugin.start()

    with meanwhile(kill), pytest.raises(OutcomeUnknownError):
        link.send(DRAFT, "make the draft")
    assert drafts(control) == 1
    assert PluginCommand.objects.get().status == "LOST"
    assert link.send(Request("GET", "/api/v2/users/current"), "read").is_success


@pytest.mark.slow
def test_a_browser_that_lost_its_notes_is_not_believed_that_it_sent_nothing(
    link: PluginLink,
    plugin: PluginProcess,
    control: VintedControl,
    tmp_path: Path,
    settings: Settings,
) -> None:
    settings.VINTED = settings.VINTED | {"margin_seconds": 2.0}
    control.add_fault(DRAFT_ROUTE, "hold_after")

    def lose_notes() -> None:
        while not control.holds():
            time.sleep(0.01)
        plugin.kill()
        control.release()
        forget_commands(tmp_path / "browser.sqlite3")
        control.challenge()
        plugin.start()

    with meanwhile(lose_notes), pytest.raises(OutcomeUnknownError), link.for_step(7, ACT):
        link.send(DRAFT, "make the draft")
    assert "unsent" in results_in(tmp_path / "browser.sqlite3")
    assert drafts(control) == 1
    assert link.last_write(7).fate is Fate.LOST


@pytest.mark.slow
def test_a_server_killed_while_vinted_works_gets_the_answer_when_it_is_back(
    link: PluginLink, server: Server, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")

    def restart() -> None:
        while not control.holds():
            time.sleep(0.01)
        server.kill()
        control.release()
        server.start()

    with meanwhile(restart):
        answer = link.send(DRAFT, "make the draft")
    assert answer.is_success
    assert drafts(control) == 1


def test_a_seller_who_signed_out_is_waited_for(link: PluginLink, control: VintedControl) -> None:
    control.sign_out()
    with pytest.raises(OfflineError):
        link.send(DRAFT, "make the draft")
    assert drafts(control) == 0
