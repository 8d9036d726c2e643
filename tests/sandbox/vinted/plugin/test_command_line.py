"""The plugin in a terminal: what it says, and what it says no to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplaces.sandbox.process import PROJECT, SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin.command_line import PluginError, options_from
from marketplaces.sandbox.vinted.plugin.process import PluginProcess, PluginProcessError
from tests.sandbox.vinted.plugin.stoflow_server import StoflowServer

GIVEN = {
    "url": "ws://127.0.0.1:1/t/demo/plugin/",
    "token": "a-token",
    "site": "http://127.0.0.1:1",
    "username": "lea",
    "password": "secret",
    "state": Path("a.sqlite3"),
    "watch": 1.0,
    "first_wait": 1.0,
    "longest_wait": 1.0,
}


@pytest.fixture
def browser(
    vinted: SandboxProcess, control: VintedControl, stoflow: StoflowServer, tmp_path: Path
) -> PluginProcess:
    lea = control.member("lea")
    return PluginProcess(
        tmp_path / "browser.sqlite3",
        url=stoflow.url,
        token="a-token",
        site=vinted.api_url,
        username="lea",
        password=lea["password"],
    )


def test_it_connects_and_stops_on_a_signal(browser: PluginProcess, stoflow: StoflowServer) -> None:
    with browser.start(phase=None):
        connection = stoflow.welcome()
        browser.wait_for("connected")
        assert "signed in as lea" in browser.said()
        process = browser._running()
        os.kill(browser.pid, signal.SIGTERM)
        assert process.wait(10) == 0
        assert connection.closed_by_plugin() == 1000
    assert "Traceback" not in browser.said()
    assert "a-token" not in browser.said()


def test_a_refusal_is_its_last_word(browser: PluginProcess, stoflow: StoflowServer) -> None:
    with browser.start(phase=None):
        stoflow.accept().refuse("version", 4426, "This plugin is too old.")
        assert browser._running().wait(10) == 1
        assert browser.said().splitlines()[-1] == "This plugin is too old."
        with pytest.raises(PluginProcessError, match="too old"):
            browser.wait_for("connected")


def test_a_wrong_password_is_its_last_word(browser: PluginProcess, control: VintedControl) -> None:
    control.member("lea", "another password")
    with browser.start(phase=None):
        assert browser._running().wait(10) == 1
        assert "knows no lea with this password" in browser.said()
        assert "Traceback" not in browser.said()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site", "https://www.vinted.fr"),
        ("site", "http://vinted.example"),
        ("url", "ws://stoflow.example/t/demo/plugin/"),
        ("url", "http://127.0.0.1/"),
    ],
)
def test_it_signs_in_to_the_sandbox_alone(name: str, value: str) -> None:
    assert options_from(GIVEN).token == "a-token"
    with pytest.raises(PluginError, match=value):
        options_from({**GIVEN, name: value})


def test_nothing_secret_is_shown_with_the_options() -> None:
    shown = repr(options_from(GIVEN))
    assert "a-token" not in shown
    assert "secret" not in shown


def test_it_needs_neither_django_nor_our_side_of_the_protocol() -> None:
    names = ["django", "marketplaces.vinted", "tasks", "stoflow"]
    code = (
        "import sys, marketplaces.sandbox.vinted.plugin.__main__;"
        f"print([n for n in {names} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
