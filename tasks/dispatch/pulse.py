"""What the workers of one cluster tell the supervisor beside them, in small files of `PULSE_DIR`.

Files, because they must work while the database does not, and because a beat costs a write to
memory instead of a commit. Without the environment variable (a plain qcluster) nothing is told.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

DIRECTORY = "STOFLOW_PULSE_DIR"
SUPERVISOR = "STOFLOW_SUPERVISOR_PID"
_LAYOUT = struct.Struct("=dd")


@dataclass(frozen=True, slots=True)
class Pulse:
    """One worker's file. Times are the machine's monotonic clock, in seconds."""

    pid: int
    message_started_at: float
    busy_until: float
    """0 while idle; else the latest moment at which its present step may still be running."""

    @property
    def alive(self) -> bool:
        return process_exists(self.pid)


def message_started() -> None:
    """A worker begins to serve; when its supervisor has gone, it asks its own cluster to stop."""
    now = time.monotonic()
    _write(now, now + settings.DISPATCH["longest_step_seconds"])
    if _orphaned():
        _end_cluster()


def beat() -> None:
    """A worker begins a step."""
    _write(None, time.monotonic() + settings.DISPATCH["longest_step_seconds"])


def idle() -> None:
    """A worker waits for its next message."""
    _write(None, 0.0)


def stop_wanted() -> bool:
    """Whether this cluster is to stop, so that work is let go between two tasks."""
    directory = os.environ.get(DIRECTORY)
    return directory is not None and (stop_file(Path(directory)).exists() or _orphaned())


def stop_file(directory: Path) -> Path:
    """The file whose existence tells every worker of the cluster to let go."""
    return directory / "stop"


def read_all(directory: Path) -> Iterator[Pulse]:
    """The pulse of every worker that the cluster ever had, dead ones included."""
    for path in directory.glob("*.pulse"):
        content = path.read_bytes()
        if len(content) == _LAYOUT.size:
            yield Pulse(int(path.stem), *_LAYOUT.unpack(content))


def process_exists(pid: int) -> bool:
    """Whether the process runs; one that has died and waits to be buried does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except (PermissionError, FileNotFoundError):
        return True
    return state != "Z"


def _orphaned() -> bool:
    supervisor = os.environ.get(SUPERVISOR)
    return supervisor is not None and not process_exists(int(supervisor))


def _end_cluster() -> None:
    try:
        os.kill(os.getpgrp(), signal.SIGTERM)
    except ProcessLookupError:
        # Its main process has gone as well: nobody is left to end it in good order. Whoever is in
        # the middle of a step lets go after it, and the next message finds all of them idle.
        others = (each for each in read_all(_directory()) if each.pid != os.getpid())
        if not any(each.busy_until and each.alive for each in others):
            os.killpg(os.getpgrp(), signal.SIGKILL)


def _directory() -> Path:
    return Path(os.environ[DIRECTORY])


def _write(started_at: float | None, busy_until: float) -> None:
    directory = os.environ.get(DIRECTORY)
    if directory is None:
        return
    memory = _memory(directory, os.getpid())
    if started_at is None:
        started_at = _LAYOUT.unpack_from(memory)[0]
    _LAYOUT.pack_into(memory, 0, started_at, busy_until)


@cache
def _memory(directory: str, pid: int) -> mmap.mmap:
    path = Path(directory) / f"{pid}.pulse"
    draft = path.with_suffix(".new")
    draft.write_bytes(bytes(_LAYOUT.size))
    draft.rename(path)
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _LAYOUT.size)
