"""`manage.py run_plugin_server`, which a test kills and starts again on the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tests.acceptance.processes import send_signal, until
from tests.ports import free_port


@dataclass
class PluginServer:
    folder: Path
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] = field(init=False)

    def url(self, schema: str) -> str:
        return f"ws://127.0.0.1:{self.port}/t/{schema}/plugin/"

    def start(self) -> None:
        """Returns at once: browsers try until it is there."""
        with (self.folder / "plugin-server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, str(settings.BASE_DIR / "manage.py"), "run_plugin_server"),
                    *("--port", str(self.port)),
                ],
                cwd=settings.BASE_DIR,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it listens."""
        until(self._listens, 60, "the plugin server listens")

    def kill(self) -> None:
        """`kill -9`."""
        send_signal(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _listens(self) -> bool:
        log = self.folder / "plugin-server.log"
        assert self.process.poll() is None, f"The plugin server has ended: {log.read_text()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def plugin_server(folder: Path, environment: Mapping[str, str]) -> Iterator[PluginServer]:
    """It may not listen yet."""
    server = PluginServer(folder, environment)
    server.start()
    try:
        yield server
    finally:
        server.kill()
