import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import PROJECT, SandboxProcess, SandboxStartError
from tests.sandbox.seller_client import OFFER_ROUTE, SellerClient, a_photo, an_item, wait_for

PHOTO = "https://shop.example/scarf.jpg"


def test_state_survives_a_kill_of_the_sandbox(state_path: Path) -> None:
    with SandboxProcess.start(state_path) as sandbox:
        control = SandboxControl(sandbox.control_url)
        anna = SellerClient(sandbox.api_url, control.seller("anna"))
        anna.sign_in()
        anna.publish_product("A1", anna.image_url(a_photo()))
        before, log = control.effects(), control.requests()

        sandbox.kill()
        sandbox.restart()

        assert control.effects() == before
        assert control.requests() == log
        assert control.seller("anna") == anna.seller
        assert anna.post_offer("A1").error_ids == [25002]
        assert control.requests()[-1]["id"] > log[-1]["id"]


def test_an_effect_is_whole_when_the_sandbox_dies_before_answering(state_path: Path) -> None:
    with SandboxProcess.start(state_path) as sandbox:
        control = SandboxControl(sandbox.control_url)
        anna = SellerClient(sandbox.api_url, control.seller("anna"))
        anna.sign_in()
        anna.put_item("A1", an_item(PHOTO))
        control.add_fault(OFFER_ROUTE, "hold_after")
        anna.timeout = 0.5
        with pytest.raises(TimeoutError):
            anna.post_offer("A1")
        wait_for(lambda: bool(control.holds()))

        sandbox.kill()
        sandbox.restart()

        effects = control.effects()
        assert [each["sku"] for each in effects["offers"]] == ["A1"]
        assert effects["effects"][OFFER_ROUTE] == 1
        assert control.faults() == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_on_a_signal_even_while_a_call_is_held(
    state_path: Path, ending: signal.Signals
) -> None:
    with SandboxProcess.start(state_path) as sandbox:
        control = SandboxControl(sandbox.control_url)
        anna = SellerClient(sandbox.api_url, control.seller("anna"))
        anna.sign_in()
        anna.put_item("A1", an_item(PHOTO))
        control.add_fault(OFFER_ROUTE, "hold_before")
        anna.timeout = 0.5
        with pytest.raises(TimeoutError):
            anna.post_offer("A1")
        wait_for(lambda: bool(control.holds()))
        process = sandbox._running()
        os.kill(sandbox.pid, ending)
        assert process.wait(20) == 0
    assert sandbox.log_path.read_text() == ""
    with sqlite3.connect(state_path) as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    state.close()


def test_it_does_not_stop_when_its_terminal_closes(state_path: Path) -> None:
    with SandboxProcess.start(state_path) as sandbox:
        os.kill(sandbox.pid, signal.SIGHUP)
        assert SandboxControl(sandbox.control_url).health()["status"] == "up"


def test_options_reach_the_settings(state_path: Path) -> None:
    with SandboxProcess.start(state_path, read_lag=1.5, access_token_lifetime=60) as sandbox:
        settings = SandboxControl(sandbox.control_url).health()["settings"]
    assert (settings["read_lag"], settings["access_token_lifetime"]) == (1.5, 60)


def test_the_ready_file_has_the_ports(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    options = [f"--state={tmp_path / 's.sqlite3'}", f"--ready-file={ready}"]
    command = [sys.executable, "-m", "marketplaces.sandbox", *options]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert process.wait(20) == 0
    assert ready.read_text() == line.strip()
    assert set(tmp_path.iterdir()) >= {ready}


def test_a_sandbox_that_cannot_start_says_why(state_path: Path) -> None:
    with (
        SandboxProcess.start(state_path) as sandbox,
        pytest.raises(SandboxStartError, match="address already in use"),
    ):
        SandboxProcess.start(state_path.with_name("b.sqlite3"), api_port=sandbox._ports.api)


def test_it_needs_neither_django_nor_our_clients() -> None:
    names = ["django", "marketplaces.ebay", "tasks", "stoflow"]
    code = (
        "import sys, marketplaces.sandbox.server, marketplaces.sandbox.control;"
        f"print([n for n in {names} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_body_that_is_no_json_is_a_400_and_not_a_bug(
    control: SandboxControl, anna: SellerClient
) -> None:
    headers = {
        "Authorization": f"Bearer {anna.token}",
        "Content-Type": "application/json",
        "Content-Language": "fr-FR",
    }
    for content in (b"{", b"\xff\xfe", b"null", b"[]", b'{"sku": "\\ud800"}'):
        reply = anna.send("POST", "/sell/inventory/v1/offer", content, headers)
        assert (reply.status, reply.error_ids) == (400, [2004])
    assert control.effects()["violations"] == []
