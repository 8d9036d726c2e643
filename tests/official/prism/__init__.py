"""Prism, a mock server that others wrote: it serves a vendor's document and refuses what breaks it.

Installed by npm from the lock file beside this, once, into the project's folder of variable data.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import NoReturn

import pytest
from django.conf import settings

from tests.official.documents import Api, Json
from tests.official.forms import FORM
from tests.official.judge import patched
from tests.official.operations import operations
from tests.official.patches import NULLABLE_ENUMS

FOLDER = Path(__file__).parent
INSTALL_SECONDS = 240
START_SECONDS = 120

Server = tuple[int, subprocess.Popen[bytes]]
"""The port that it is to listen on, and its process."""


@contextmanager
def serving(
    apis: Sequence[Api], folder: Path, *, first_ports: Iterable[int] = ()
) -> Iterator[dict[Api, str]]:
    """One process for each document, with our patches; gives their addresses. Ends them.

    `first_ports`: to be tried before any others.
    """
    ports = iter(first_ports)
    command = _command()
    with ExitStack() as stack:

        def start(api: Api) -> Server:
            port = next(ports, None) or _free_port()
            return port, stack.enter_context(_server(command, api, port, folder))

        servers = {api: start(api) for api in apis}
        for api in apis:
            while not _listens(api, *servers[api], folder):
                servers[api] = start(api)
        yield {api: f"http://127.0.0.1:{port}" for api, (port, _) in servers.items()}


@contextmanager
def _server(
    command: Sequence[str], api: Api, port: int, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    document = folder / api.file
    document.write_text(json.dumps(_as_prism_reads_it(api)))
    with _log(api, folder).open("wb") as log:
        server = subprocess.Popen(
            [*command, "mock", "-h", "127.0.0.1", "-p", str(port), str(document)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


def _as_prism_reads_it(api: Api) -> Json:
    """The patched document, but for what would make Prism pass over whole forms in silence.

    It adds null to nullable enums itself, where a second null makes the schema invalid; and it
    takes a list of a form apart only where the type is list alone, not "list or null".
    """
    document = deepcopy(patched(api, without=NULLABLE_ENUMS))
    for operation in operations(document):
        form = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
        for schema in form.get("schema", {}).get("properties", {}).values():
            if schema.get("type") == "array":
                schema.pop("nullable", None)
    return document


def _listens(api: Api, port: int, server: subprocess.Popen[bytes], folder: Path) -> bool:
    """Once it does; False when somebody else has taken its port before it came to that."""
    end = time.monotonic() + START_SECONDS
    while True:
        told = _log(api, folder).read_text()
        if f"listening on http://127.0.0.1:{port}" in told:
            return True
        if server.poll() is not None and "EADDRINUSE" in told:
            return False
        if server.poll() is not None or time.monotonic() > end:
            pytest.fail(f"Prism does not serve {api.name}: {told[-2000:]}")
        time.sleep(0.1)


def _command() -> list[str]:
    """What starts Prism; ends the test where it cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _cannot("No node or npm here (on Debian: apt install nodejs npm).")
    home = _home()
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            _install(npm, home)
    return [node, str(home / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js")]


def _home() -> Path:
    """One folder for each content of the lock file."""
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    return Path(settings.VAR_DIR) / "prism" / digest[:12]


def _install(npm: str, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, home)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        _cannot(f"npm could not install Prism: {done.stderr[-1000:]}")
    (home / "installed").touch()


def _cannot(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _log(api: Api, folder: Path) -> Path:
    return folder / f"{api.file}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
