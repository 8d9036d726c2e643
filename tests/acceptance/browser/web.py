"""The web server with the staff's pages, over a test's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.acceptance.processes import until


@contextmanager
def serving(port: int, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Its address, as soon as it answers."""
    command = [sys.executable, "-m", "gunicorn", "stoflow.wsgi", "--threads", "4"]
    log = folder / "web.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: _answers(server, port, log), 60, "the web server answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        sys.stdout.write(log.read_text(errors="replace")[-10_000:])


def _answers(server: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert server.poll() is None, f"The web server has ended: {log.read_text(errors='replace')}"
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
