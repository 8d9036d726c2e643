"""What runs beside the stand-ins: workers, web server, plugin server, and the seller's browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from marketplaces.models import Account
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.vinted.plugin.process import PluginProcess
from marketplaces.vinted.plugin import tokens
from stoflow.demo.installation import SCHEMA, USERNAME
from stoflow.demo.processes import Service, end_with_demo, free_port, running
from stoflow.demo.stands import REDIRECT_NAME, SELLER, Stand
from tasks.dispatch.pulse import process_exists

WEB_PORT, PLUGIN_PORT = 8000, 8001


@contextmanager
def workers(stands: Sequence[Stand]) -> Iterator[Service]:
    """`run_workers`, speaking to the stand-ins."""
    command = [sys.executable, "-m", "django", "run_workers"]
    with running(Service("workers", command, _environment(stands))) as service:
        yield service


@contextmanager
def web(stands: Sequence[Stand], plugin_url: str) -> Iterator[str]:
    """The admin on a port of this machine alone; yields its address."""
    port = free_port(WEB_PORT)
    address = f"http://127.0.0.1:{port}"
    for stand in stands:
        if isinstance(stand.control, EtsyControl):
            stand.control.register_callbacks(f"{address}/connect/etsy/")
        elif stand.marketplace == "ebay":
            stand.control.redirects(**{REDIRECT_NAME: f"{address}/connect/ebay/"})
    command = [sys.executable, "-m", "gunicorn", "stoflow.wsgi", "--threads", "4"]
    command += ["--bind", f"127.0.0.1:{port}"]
    own = {"ETSY_REDIRECT_URL": f"{address}/connect/etsy/", "PLUGIN_URL": plugin_url}
    with running(Service("web", command, _environment(stands) | own)):
        yield f"{address}/t/{SCHEMA}/admin/"


@contextmanager
def plugin_server(stands: Sequence[Stand]) -> Iterator[tuple[Service, str]]:
    """Where the seller's browser connects to; yields it and its address."""
    port = free_port(PLUGIN_PORT)
    command = [sys.executable, "-m", "django", "run_plugin_server", "--port", str(port)]
    with running(Service("plugins", command, _environment(stands))) as service:
        yield service, f"ws://127.0.0.1:{port}"


@dataclass(slots=True)
class Browser:
    """The seller's browser with StoFlow's plugin, played by `sandbox_plugin`."""

    plugin: PluginProcess

    @property
    def pid(self) -> int:
        return self.plugin.pid

    def keep_running(self) -> None:
        """Open it again when somebody has killed it."""
        if not process_exists(self.plugin.pid):
            self.plugin.kill()
            self.plugin.start(phase=None)


@contextmanager
def browser(vinted: Stand, account: Account, plugin_url: str) -> Iterator[Browser]:
    """Signed in at the stand-in for Vinted, and connected."""
    plugin = PluginProcess(
        Path(settings.VAR_DIR) / "demo" / "browser.sqlite3",
        url=f"{plugin_url}/t/{SCHEMA}/plugin/",
        token=tokens.issue(account, by=USERNAME),
        site=vinted.process.api_url,
        username=SELLER,
        password=vinted.password,
        before_exec=end_with_demo,
    )
    with plugin.start():
        yield Browser(plugin)


def _environment(stands: Sequence[Stand]) -> dict[str, str]:
    environment = dict(os.environ)
    for stand in stands:
        environment |= stand.environment
    return environment
