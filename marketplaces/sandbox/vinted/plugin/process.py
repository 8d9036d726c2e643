"""Runs the plugin as a process of its own, which can be killed as a browser can."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from marketplaces.sandbox.process import PROJECT, START_TIMEOUT, STOP_TIMEOUT


class PluginProcessError(RuntimeError):
    """The plugin is not where it should be; the text has what it said."""


class PluginProcess:
    """One browser: kill it and start it again, and it remembers what it had begun."""

    def __init__(
        self,
        state: Path,
        *,
        url: str,
        token: str,
        site: str,
        username: str,
        password: str,
        watch: float = 0.5,
        first_wait: float = 0.2,
        longest_wait: float = 1.0,
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        """`watch` is in seconds between two looks at the site's page; the other two are the bounds
        of the pause before it connects again, much shorter than the document's."""
        self.state = state
        self.log_path = state.with_suffix(".log")
        self._options = {
            "url": url,
            "token": token,
            "site": site,
            "username": username,
            "password": password,
            "watch": watch,
            "first-wait": first_wait,
            "longest-wait": longest_wait,
            "state": state.absolute(),
        }
        self._before_exec = before_exec
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self, *, phase: str | None = "connected") -> Self:
        """Start it, and return once it is there; None = at once."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", __package__, *self._flags()],
                cwd=PROJECT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._before_exec,  # noqa: PLW1509 - as with the sandbox's process
            )
        if phase is not None:
            self.wait_for(phase)
        return self

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def phase(self) -> str:
        """The last one that it told: connecting, connected, waiting, refused; empty = none yet."""
        told = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return str(told[-1]["phase"]) if told else ""

    def said(self) -> str:
        """All that it said since it was started."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read().rpartition(b"\n")[0].decode(errors="replace")

    def wait_for(self, phase: str, *, seconds: float = START_TIMEOUT) -> None:
        end = time.monotonic() + seconds
        while self.phase != phase:
            if self._running().poll() is not None or time.monotonic() > end:
                raise PluginProcessError(f"the plugin is not {phase}:\n{self.said()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it in good order; it is killed only if it doesn't go."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """`kill -9`: nothing is tidied up."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _flags(self) -> list[str]:
        return [f"--{name}={value}" for name, value in self._options.items()]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise PluginProcessError("the plugin is not running")
        return self._process
