"""Runs the sandbox as a process of its own, for tests and the demonstration."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PROJECT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60.0
"""Seconds; starting takes about one, but the machine may be busy."""
STOP_TIMEOUT = 10.0


class SandboxStartError(RuntimeError):
    """The sandbox ended, or said nothing, instead of telling its ports."""


@dataclass(frozen=True)
class Ports:
    api: int
    control: int


class SandboxProcess:
    """A running sandbox. Its process group is its own, so a Ctrl-C in a shell passes it by."""

    def __init__(
        self,
        state_path: Path,
        options: Mapping[str, float | str],
        ports: Ports,
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        self.state_path = state_path
        self.log_path = state_path.with_suffix(".log")
        self._options = options
        self._ports = ports
        self._before_exec = before_exec
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def start(
        cls,
        state_path: Path,
        *,
        marketplace: str = "ebay",
        read_lag: float = 0.0,
        access_token_lifetime: float | None = None,
        image_lifetime: float | None = None,
        media_posts_per_5_seconds: int | None = None,
        settings: Mapping[str, float] | None = None,
        api_port: int = 0,
        control_port: int = 0,
        before_exec: Callable[[], None] | None = None,
    ) -> Self:
        """Start on this state file and return once it listens. Durations are in seconds.

        `settings` has what only that marketplace knows (etsy.settings.EtsySettings, say).
        `before_exec` is called in the new process, so the caller should have one thread only.
        """
        given: dict[str, float | str | None] = {
            "marketplace": marketplace,
            "read_lag": read_lag,
            "access_token_lifetime": access_token_lifetime,
            "image_lifetime": image_lifetime,
            "media_posts_per_5_seconds": media_posts_per_5_seconds,
            **(settings or {}),
        }
        options = {name: value for name, value in given.items() if value is not None}
        sandbox = cls(state_path, options, Ports(api_port, control_port), before_exec)
        sandbox._launch()
        return sandbox

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._ports.api}"

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self._ports.control}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def stop(self) -> None:
        """End it in good order; it is killed only if it doesn't go."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._forget()

    def kill(self) -> None:
        """`kill -9`: nothing is tidied up."""
        self._running().kill()
        self._forget()

    def restart(self) -> None:
        """Start again on the same ports and state, after a stop or a kill (faults are forgotten)."""
        self.stop()
        self._launch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("a") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module with our own numbers
                self._command(),
                cwd=PROJECT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                preexec_fn=self._before_exec,  # noqa: PLW1509 - as `start` says
            )
        try:
            self._ports = self._announced()
        except BaseException:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._forget()
            raise

    def _command(self) -> list[str]:
        ports = {"port": self._ports.api, "control_port": self._ports.control}
        options = {"state": self.state_path.absolute(), **ports, **self._options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "marketplaces.sandbox", *flags]

    def _announced(self) -> Ports:
        stdout = self._running().stdout
        if stdout is None:
            raise SandboxStartError("the sandbox has no output to read its ports from")
        ready, _, _ = select.select([stdout], [], [], START_TIMEOUT)
        line = stdout.readline() if ready else ""
        if not line:
            raise SandboxStartError(f"the sandbox did not start:\n{self.log_path.read_text()}")
        told = json.loads(line)
        return Ports(told["port"], told["control_port"])

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise SandboxStartError("the sandbox is not running")
        return self._process

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        self._process = None
