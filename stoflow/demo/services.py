"""The processes of the demo: sandbox, workers, web server; all ended when the demo ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from stoflow.demo.installation import SCHEMA
from tasks.dispatch.pulse import process_exists

PREFERRED_PORT = 8000
STOP_SECONDS = 60.0

PR_SET_PDEATHSIG = 1

REDIRECT_NAME = "StoFlow-demo"

# Short enough to watch; the real values are those of settings.EBAY.
PACE = {"deadline_seconds": 8.0, "settle_seconds": 2.0}


@dataclass(frozen=True, slots=True)
class SandboxEbay:
    """The running stand-in for eBay and the seller that it knows."""

    process: SandboxProcess
    control: SandboxControl
    seller: SellerReport
    settings: dict[str, str | float]
    """What takes the place of settings.EBAY."""

    def keep_running(self) -> None:
        """Start it again, on the same state and ports, when somebody has killed it."""
        if not process_exists(self.process.pid):
            self.process.restart()


@contextmanager
def sandbox() -> Iterator[SandboxEbay]:
    """The sandbox eBay on the state of earlier runs."""
    state = Path(settings.VAR_DIR) / "demo" / "sandbox.sqlite3"
    with SandboxProcess.start(state, read_lag=0.5, before_exec=_end_with_demo) as process:
        control = SandboxControl(process.control_url)
        seller = control.seller("demo")
        yield SandboxEbay(process, control, seller, _ebay_settings(process.api_url, seller))


def _ebay_settings(api_url: str, seller: SellerReport) -> dict[str, str | float]:
    return {
        "oauth_url": f"{api_url}/identity/v1/oauth2",
        "inventory_url": f"{api_url}/sell/inventory/v1",
        "account_url": f"{api_url}/sell/account/v1",
        "media_url": f"{api_url}/commerce/media/v1_beta",
        "fulfillment_url": f"{api_url}/sell/fulfillment/v1",
        "identity_url": f"{api_url}/commerce/identity/v1",
        "taxonomy_url": f"{api_url}/commerce/taxonomy/v1",
        "consent_url": f"{api_url}/oauth2/authorize",
        "redirect_name": REDIRECT_NAME,
        "client_id": seller["client_id"],
        "client_secret": seller["client_secret"],
        **PACE,
    }


@contextmanager
def workers(ebay: SandboxEbay) -> Iterator[Service]:
    """`run_workers`, speaking to the sandbox."""
    command = [sys.executable, "-m", "django", "run_workers"]
    with _running(Service("workers", command, _environment(ebay))) as service:
        yield service


@contextmanager
def web(ebay: SandboxEbay) -> Iterator[str]:
    """The admin on a port of this machine alone; yields its address."""
    port = _free_port()
    ebay.control.redirects(**{REDIRECT_NAME: f"http://127.0.0.1:{port}/connect/ebay/"})
    command = [sys.executable, "-m", "gunicorn", "stoflow.wsgi", "--threads", "4"]
    command += ["--bind", f"127.0.0.1:{port}"]
    with _running(Service("web", command, _environment(ebay))):
        yield f"http://127.0.0.1:{port}/t/{SCHEMA}/admin/"


@dataclass(slots=True)
class Service:
    """A process of the demo, in a session of its own, so that Ctrl-C reaches the demo alone."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = Path(settings.VAR_DIR) / "demo" / f"{self.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                self.command,
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_demo,  # noqa: PLW1509 - the demo has one thread
            )

    def keep_running(self) -> None:
        """Start it again when somebody has killed it."""
        if self.process is not None and self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def _running(service: Service) -> Iterator[Service]:
    service.start()
    try:
        yield service
    finally:
        service.stop()


def _end_with_demo() -> None:
    """In the new process, on Linux: be asked to stop when the demo dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(ebay: SandboxEbay) -> dict[str, str]:
    urls = {f"EBAY_{name.upper()}": str(value) for name, value in ebay.settings.items()}
    return {**os.environ, **urls}


def _free_port() -> int:
    """The usual port, or any other when somebody has it."""
    for port in (PREFERRED_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("No port of this machine is free for the web server.")
