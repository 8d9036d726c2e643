"""manage.py demo, as a process of its own with an installation of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.processes import MARK, Member, marked, send_signal, until

PROJECT = Path(__file__).resolve().parents[3]
HEADER = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n"


def environment(var: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "stoflow.settings",
        "STOFLOW_VAR_DIR": str(var),
        "PYTHONUNBUFFERED": "1",
    }


def catalogue(folder: Path, *skus: str, stock: int = 1) -> Path:
    path = folder / f"{skus[0]}.csv"
    rows = (f"{sku},{sku},{sku},{stock},9.90,https://shop.example/{sku}.jpg\n" for sku in skus)
    path.write_text(HEADER + "".join(rows))
    return path


def demo(var: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo", *map(str, arguments)],
        cwd=PROJECT,
        env=environment(var),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_each_run_publishes_its_own_file_and_judges_it(tmp_path: Path) -> None:
    first = demo(tmp_path, "--exit", "--catalogue", catalogue(tmp_path, "a", "b", "c"))
    assert first.returncode == 0, first.stderr
    assert "accepted 3, listings 3" in first.stdout.splitlines()[-1]
    second = demo(tmp_path, "--exit", "--catalogue", catalogue(tmp_path, "z"))
    assert second.returncode == 0, second.stderr
    assert "accepted 1, listings 1" in second.stdout.splitlines()[-1]


@pytest.fixture
def mark() -> Iterator[str]:
    """Every process of the test carries it, and is ended with the test."""
    mark = uuid.uuid4().hex
    yield mark
    while members := marked(mark):
        for member in members:
            send_signal(member.pid, signal.SIGKILL)


def services(mark: str) -> list[Member]:
    """What the demo has started, but for the database."""
    return [member for member in marked(mark) if "postgres" not in member.command]


def runs(mark: str, *names: str) -> bool:
    commands = [member.command for member in services(mark)]
    return all(any(name in command for command in commands) for name in names)


@pytest.mark.slow
def test_a_killed_demo_leaves_no_service_behind(tmp_path: Path, mark: str) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--catalogue", str(catalogue(tmp_path, "a"))],
        cwd=PROJECT,
        env={**environment(tmp_path), MARK: mark},
        start_new_session=True,
    ) as demo:
        wanted = "marketplaces.sandbox", "gunicorn", "run_workers", "qcluster"
        try:
            until(lambda: runs(mark, *wanted) or demo.poll() is not None, 120, f"{wanted} run")
            assert demo.poll() is None, "The demo has ended by itself: see what it printed."
        finally:
            demo.kill()
    until(lambda: not services(mark), 60, "the demo's services have ended")
