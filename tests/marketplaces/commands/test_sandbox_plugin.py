"""`manage.py sandbox_plugin`: the options and the mistakes; the rest is tested with the plugin."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplaces.management.commands.sandbox_plugin import Command


def options(state: Path, **changes: str) -> list[str]:
    usual = {
        "url": "ws://127.0.0.1:9/t/t1/plugin/",
        "token": "a-token",
        "site": "http://127.0.0.1:9",
        "username": "lea",
        "password": "a-password",
        "state": str(state),
    }
    return [f"--{name}={value}" for name, value in (usual | changes).items()]


def test_the_help_tells_each_option() -> None:
    text = Command().create_parser("manage.py", "sandbox_plugin").format_help()
    for option in ("--url", "--token", "--site", "--username", "--password", "--state"):
        assert option in text
    assert "--watch" not in text


def test_it_does_not_sign_in_to_the_real_site(tmp_path: Path) -> None:
    given = options(tmp_path / "plugin.sqlite3", site="https://www.vinted.fr")
    with pytest.raises(CommandError, match="sandbox's Vinted alone"):
        call_command("sandbox_plugin", *given)


def test_a_memory_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    state = tmp_path / "plugin.sqlite3"
    state.write_text("This is no database, and long enough for SQLite to see that it is none. " * 9)
    with pytest.raises(CommandError, match="browser's memory: file is not a database"):
        call_command("sandbox_plugin", *options(state))
