"""The connection: how it begins, is kept alive, and comes back."""

import re
import time

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin.plugin import RefusedError, Waits
from tests.ports import free_port
from tests.sandbox.seller_client import wait_for
from tests.sandbox.vinted.plugin.running import PluginThread
from tests.sandbox.vinted.plugin.stoflow_server import Connection, StoflowServer

HOME = "GET /"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_plugin_says_first_who_it_is_and_what_the_browser_shows(
    plugin: PluginThread, stoflow: StoflowServer, lea_id: str
) -> None:
    plugin.start()
    hello = stoflow.accept().welcome()
    assert (hello["protocol"], hello["version"], hello["token"]) == (1, "1.0.0", "a-token")
    assert UUID.fullmatch(hello["installation"])
    assert hello["vinted"] == {
        "state": "ready",
        "site": stoflow.site,
        "user_id": lea_id,
        "login": "lea",
    }


def test_the_installation_stays_the_same(plugin: PluginThread, stoflow: StoflowServer) -> None:
    plugin.start()
    first = stoflow.accept().welcome()["installation"]
    plugin.stop()
    plugin.start()
    assert stoflow.accept().welcome()["installation"] == first


def test_heartbeats_go_on_and_are_answered(plugin: PluginThread, stoflow: StoflowServer) -> None:
    plugin.start()
    connection = stoflow.welcome(heartbeat_seconds=1.5)  # half of that may an answer take
    ends_at = time.monotonic() + 60
    while connection.pings < 4:
        assert time.monotonic() < ends_at
        assert not connection.ended.wait(0.05)


def test_a_silent_server_is_given_up_after_one_and_a_half_heartbeats(
    plugin: PluginThread, stoflow: StoflowServer
) -> None:
    plugin.start()
    connection = stoflow.accept()
    connection.answers_pings = False
    since = time.monotonic()
    connection.welcome(heartbeat_seconds=0.4)
    assert connection.ended.wait(20)
    assert time.monotonic() - since > 0.55
    assert connection.pings == 1, "the second would be due after two heartbeats"
    stoflow.accept()


def test_a_server_without_a_welcome_is_given_up(
    plugin: PluginThread, stoflow: StoflowServer
) -> None:
    plugin.start(waits=Waits(first=0.05, longest=0.1, welcome=0.2))
    connection = stoflow.accept()
    connection.hear("hello")
    assert connection.ended.wait(20)
    stoflow.accept()


def test_a_lost_connection_comes_back(connection: Connection, stoflow: StoflowServer) -> None:
    connection.drop()
    again = stoflow.welcome()
    command = again.command("GET", "item_upload/colors")
    again.go(command)
    assert again.answered(command)[0] == 200


def test_the_pauses_grow_and_begin_anew_after_a_welcome(
    plugin: PluginThread, stoflow: StoflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "marketplaces.sandbox.vinted.plugin.plugin.random.uniform"
    monkeypatch.setattr(module, lambda least, most: (least, most)[1])
    plugin.start(waits=Waits(first=0.02, longest=0.1))
    for _ in range(5):
        stoflow.accept().close()
    stoflow.welcome().close()
    stoflow.accept()
    pauses = [round(each.seconds, 3) for each in plugin.statuses if each.phase == "waiting"]
    assert pauses == [0.03, 0.06, 0.12, 0.15, 0.15, 0.03]


def test_a_pause_is_up_to_half_as_long_again(plugin: PluginThread, stoflow: StoflowServer) -> None:
    plugin.start(waits=Waits(first=0.02, longest=0.02))
    for _ in range(5):
        stoflow.accept().close()
    stoflow.accept()
    pauses = [each.seconds for each in plugin.statuses if each.phase == "waiting"]
    assert all(0.02 <= each <= 0.03 for each in pauses)
    assert len(set(pauses)) > 1


@pytest.mark.parametrize(("reason", "code"), [("token", 4401), ("version", 4426)])
def test_a_refusal_for_good_ends_the_plugin(
    plugin: PluginThread, stoflow: StoflowServer, reason: str, code: int
) -> None:
    plugin.start()
    stoflow.accept().refuse(reason, code, "Ask for a new connection code.")
    plugin.ends()
    assert isinstance(plugin.error, RefusedError)
    assert str(plugin.error) == "Ask for a new connection code."
    assert plugin.statuses[-1].phase == "refused"
    plugin.error = None
    assert stoflow.nobody_comes(0.2)


@pytest.mark.parametrize(("reason", "code"), [("occupied", 4409), ("message", 4400)])
def test_a_refusal_that_may_pass_is_tried_again_after_the_longer_wait(
    plugin: PluginThread, stoflow: StoflowServer, reason: str, code: int
) -> None:
    plugin.start(waits=Waits(first=0.01, longest=0.01, refused=2.0))
    stoflow.accept().refuse(reason, code, "Another browser is connected.")
    assert stoflow.nobody_comes(0.4)
    assert "Another browser is connected." in plugin.statuses[-1].text
    stoflow.welcome()


def test_a_code_alone_says_the_same_as_a_refusal(
    plugin: PluginThread, stoflow: StoflowServer
) -> None:
    plugin.start()
    connection = stoflow.accept()
    connection.hear("hello")
    connection.close(4401)
    plugin.ends()
    assert isinstance(plugin.error, RefusedError)
    plugin.error = None


def test_a_revoked_token_ends_a_connection_under_way(
    plugin: PluginThread, connection: Connection
) -> None:
    connection.say("refused", reason="token", message="Revoked.", least_version=None)
    connection.close(4401)
    plugin.ends()
    assert str(plugin.error) == "Revoked."
    plugin.error = None


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        '{"type": "welcome"}',
        '{"type": "go", "id": "1"}',
        '{"type": "pong", "more": 1}',
        '{"type": "hello"}',
        '{"type": "pong"' + " " * 262_144 + "}",
    ],
)
def test_what_is_no_message_ends_the_connection(
    connection: Connection, stoflow: StoflowServer, text: str
) -> None:
    connection.say_text(text)
    assert connection.closed_by_plugin() == 4400
    assert stoflow.nobody_comes(0.1)
    stoflow.welcome()


def test_a_server_that_says_anything_before_welcome_is_not_listened_to(
    plugin: PluginThread, stoflow: StoflowServer
) -> None:
    plugin.start()
    connection = stoflow.accept()
    connection.hear("hello")
    connection.say("pong")
    assert connection.closed_by_plugin() == 4400


def test_another_protocol_is_not_spoken(plugin: PluginThread, stoflow: StoflowServer) -> None:
    plugin.start()
    connection = stoflow.accept()
    connection.welcome(protocol=2)
    assert connection.closed_by_plugin() == 4400


def test_every_change_of_what_the_browser_shows_is_told(
    plugin: PluginThread, stoflow: StoflowServer, control: VintedControl, lea_id: str
) -> None:
    plugin.start(waits=Waits(first=0.05, watch=0.05))
    connection = stoflow.welcome()
    control.challenge()
    assert connection.hear("state")["vinted"]["state"] == "challenge"
    control.challenge(on=False)
    assert connection.hear("state")["vinted"] == {
        "state": "ready",
        "site": stoflow.site,
        "user_id": lea_id,
        "login": "lea",
    }
    control.sign_out()
    vinted = connection.hear("state")["vinted"]
    assert (vinted["state"], vinted["user_id"], vinted["login"]) == ("signed_out", None, None)
    assert connection.hears_nothing()


def test_a_site_that_comes_up_later_is_signed_in_to(
    plugin: PluginThread, stoflow: StoflowServer, vinted: SandboxProcess, control: VintedControl
) -> None:
    control.challenge()
    plugin.start(waits=Waits(first=0.05, watch=0.05))
    connection = stoflow.accept()
    assert connection.welcome()["vinted"]["state"] == "challenge"
    control.challenge(on=False)
    assert connection.hear("state")["vinted"]["state"] == "ready"


def test_no_site_is_no_tab(plugin: PluginThread, stoflow: StoflowServer) -> None:
    plugin.start(site=f"http://127.0.0.1:{free_port()}")
    assert stoflow.accept().welcome()["vinted"]["state"] == "no_tab"


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_that_does_not_load_says_nothing_of_who_is_signed_in(
    plugin: PluginThread, stoflow: StoflowServer, control: VintedControl, status: int
) -> None:
    plugin.start(waits=Waits(watch=0.05))
    connection = stoflow.welcome()
    control.add_fault(HOME, "status", status=status, times=0)
    until_refused(control)
    assert connection.hears_nothing(0.3)


def test_the_page_is_not_loaded_again_before_vinted_wants_it(
    plugin: PluginThread, stoflow: StoflowServer, control: VintedControl
) -> None:
    plugin.start(waits=Waits(watch=0.05))
    stoflow.welcome()
    control.add_fault(HOME, "status", status=429, headers={"Retry-After": "1"})
    until_refused(control)
    refused = control.requests()[-1]
    wait_for(lambda: bool(control.requests(since=refused["id"])))
    again = control.requests(since=refused["id"])[0]
    assert again["time"] - refused["time"] >= 0.9


def test_the_page_is_left_alone_for_a_while_when_vinted_does_not_say_how_long(
    plugin: PluginThread, stoflow: StoflowServer, control: VintedControl
) -> None:
    plugin.start(waits=Waits(watch=0.05))
    stoflow.welcome()
    control.add_fault(HOME, "status", status=429)
    until_refused(control)
    asked = len(control.requests())
    time.sleep(0.5)
    assert len(control.requests()) == asked


def until_refused(control: VintedControl) -> None:
    """Until the site's page was asked for and the fault was answered."""
    wait_for(lambda: control.faults()[0]["hits"] > 0)
