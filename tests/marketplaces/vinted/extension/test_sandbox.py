"""A listing is made through the plugin at the Vinted of the sandbox."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser
from tests.marketplaces.vinted.extension.server import Server

pytestmark = [pytest.mark.slow]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess.start(tmp_path / "state.sqlite3", marketplace="vinted") as sandbox:
        yield sandbox


def test_a_seller_signs_in_and_the_plugin_works_for_them(
    server: Server, sandbox: SandboxProcess, browser: PluggedBrowser
) -> None:
    control = VintedControl(sandbox.control_url)
    lea = control.member("lea", "secret")
    server.site = sandbox.api_url.removeprefix("http://")
    server.user_id = str(lea["user_id"])
    browser.connect(server.code)
    tab = browser.open(f"{sandbox.api_url}/")
    server.until_state("signed_out")
    tab.goto(f"{sandbox.api_url}/member/login")
    tab.get_by_label("Username").fill("lea")
    tab.get_by_label("Password").fill("secret")
    tab.keyboard.press("Enter")
    assert server.until_state("ready")["login"] == "lea"

    picture = io.BytesIO()
    Image.new("RGB", (800, 800), "teal").save(picture, "JPEG")
    photo = server.result(
        server.command(
            "POST",
            "/api/v2/photos",
            as_user=server.user_id,
            file=picture.getvalue(),
            fields={"photo[type]": "item", "photo[temp_uuid]": ""},
            headers={"X-Upload-Form": "true"},
        )
    )
    assert photo.message["status"] == 200, photo.body
    assert json.loads(photo.body)["id"]

    wardrobe = server.result(
        server.command("GET", f"/api/v2/wardrobe/{server.user_id}/items", as_user=server.user_id)
    )
    assert json.loads(wardrobe.body)["items"] == []

    control.challenge()
    tab.reload()
    server.until_state("challenge")
    control.challenge(on=False)
    tab.reload()
    server.until_state("ready")
    control.sign_out()
    made = server.command("POST", "/api/v2/items/5/delete", as_user=server.user_id)
    assert server.result(made).ending == ("unsent", "signed_out")
