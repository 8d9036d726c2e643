from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.vinted.member_client import MemberClient
from tests.sandbox.vinted.plugin.running import PluginThread, options
from tests.sandbox.vinted.plugin.stoflow_server import Connection, StoflowServer

Write = Callable[..., str]


@pytest.fixture
def stoflow(vinted: SandboxProcess) -> Iterator[StoflowServer]:
    with StoflowServer(urlsplit(vinted.api_url).netloc) as server:
        yield server


@pytest.fixture
def plugin(
    vinted: SandboxProcess, control: VintedControl, stoflow: StoflowServer, tmp_path: Path
) -> Iterator[PluginThread]:
    """A plugin that may be started; it signs in as Léa."""
    member = control.member("lea")
    state = tmp_path / "plugin.sqlite3"
    browser = PluginThread(
        options(
            url=stoflow.url,
            site=vinted.api_url,
            state=state,
            username=member["username"],
            password=member["password"],
        )
    )
    yield browser
    browser.stop()
    assert browser.error is None


@pytest.fixture
def connection(plugin: PluginThread, stoflow: StoflowServer) -> Connection:
    """The plugin's, once it was welcomed."""
    plugin.start()
    return stoflow.welcome()


@pytest.fixture
def lea_id(control: VintedControl) -> str:
    return control.member("lea")["user_id"]


@pytest.fixture
def write(lea: MemberClient) -> Write:
    """Tells the plugin to write a draft in Léa's name; the command's id."""

    def tell(connection: Connection, **changes: Any) -> str:
        body = {"draft": lea.content(), "parcel": None, "push_up": False}
        request = {"json": body, "headers": {"X-Upload-Form": "true"}}
        usual: dict[str, Any] = {"as_user": lea.user_id, "request": request}
        return connection.command("POST", "item_upload/drafts", **(usual | changes))

    return tell
