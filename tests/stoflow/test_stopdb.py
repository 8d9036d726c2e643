"""manage.py stopdb, as a process of its own: it stops a server that no test needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

PROJECT = Path(__file__).resolve().parents[2]


def stopdb(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", "stopdb"],
        cwd=PROJECT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "stoflow.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_embedded_server_stops_and_can_be_stopped_again(tmp_path: Path) -> None:
    for _ in range(2):
        run = stopdb(STOFLOW_VAR_DIR=str(tmp_path))
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout == "The embedded PostgreSQL has stopped.\n"
        assert (tmp_path / "postgres" / "PG_VERSION").exists()
        assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_server_of_somebody_else_is_left_alone(db: None, tmp_path: Path) -> None:
    run = stopdb(
        DATABASE_URL="postgresql://stoflow@localhost/stoflow", STOFLOW_VAR_DIR=str(tmp_path)
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("DATABASE_URL is set")
    assert connection.is_usable()
