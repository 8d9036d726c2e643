"""The PostgreSQL that comes along, as several processes meet it at bad moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.processes import until

PROJECT = Path(__file__).resolve().parents[2]
START = "import sys; from stoflow import embedded_database as e; print(e.start(*map(e.Path, sys.argv[1:])))"
STOP = "import sys; from stoflow import embedded_database as e; e.stop(e.Path(sys.argv[1]))"

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "postgres"
    yield data
    finish(begin(STOP, data))


def begin(code: str, data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(data)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    """What it printed."""
    printed, complained = process.communicate(timeout=90)
    assert process.returncode == 0, complained
    return printed.strip()


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_whoever_comes_just_after_it_was_killed_starts_it_again(data: Path) -> None:
    url = finish(begin(START, data))
    for _ in range(3):
        postmaster = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        url = finish(begin(START, data))
        assert answers(url)


def test_all_who_come_at_once_join_the_same_one(data: Path) -> None:
    urls = {finish(process) for process in [begin(START, data) for _ in range(4)]}
    assert len(urls) == 1
    assert answers(urls.pop())


def test_whoever_comes_while_it_stops_starts_it_again(data: Path) -> None:
    url = finish(begin(START, data))
    with psycopg.connect(url):
        stopping = begin(STOP, data)
        until(lambda: "stopping" in (data / "postmaster.pid").read_text(), 30, "it stops")
        coming = begin(START, data)
    finish(stopping)
    assert answers(finish(coming))
