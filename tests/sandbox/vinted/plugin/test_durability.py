"""Whatever is killed or lost: nothing twice, and the server learns what is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin import journal as journal_module
from marketplaces.sandbox.vinted.plugin.journal import Journal, JournalError
from marketplaces.sandbox.vinted.plugin.process import PluginProcess
from tests.sandbox.seller_client import wait_for
from tests.sandbox.vinted.member_client import DRAFT_ROUTE
from tests.sandbox.vinted.plugin.conftest import Write
from tests.sandbox.vinted.plugin.running import PluginThread
from tests.sandbox.vinted.plugin.stoflow_server import Connection, StoflowServer

Body = dict[str, Any]
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(10)]


@pytest.fixture
def browser(
    vinted: SandboxProcess, control: VintedControl, stoflow: StoflowServer, tmp_path: Path
) -> Iterator[PluginProcess]:
    """The plugin as a process, which has to be welcomed."""
    lea = control.member("lea")
    process = PluginProcess(
        tmp_path / "browser.sqlite3",
        url=stoflow.url,
        token="a-token",
        site=vinted.api_url,
        username="lea",
        password=lea["password"],
    )
    with process.start(phase=None):
        yield process


def drafts(control: VintedControl) -> int:
    return control.effects()["summary"]["draft_listings"]


@pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
def test_killed_while_the_request_is_under_way_it_is_unknown_and_not_repeated(
    browser: PluginProcess,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
    kind: str,
) -> None:
    connection = stoflow.welcome()
    control.add_fault(DRAFT_ROUTE, kind)
    command = write(connection)
    connection.go(command)
    wait_for(lambda: bool(control.holds()))
    browser.kill()
    control.release(effect=True)
    browser.start(phase=None)
    again = stoflow.welcome()
    result, _ = again.result(command)
    assert (result["outcome"], result["reason"]) == ("unknown", "browser")
    write(again, id=command)
    assert again.result(command)[0] == result
    assert drafts(control) == 1


def test_killed_before_the_leave_it_knows_nothing_and_may_be_asked_again(
    browser: PluginProcess,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
) -> None:
    connection = stoflow.welcome()
    command = write(connection)
    connection.hear("begin")
    browser.kill()
    browser.start(phase=None)
    again = stoflow.welcome()
    assert again.hears_nothing()
    write(again, id=command)
    again.go(command)
    assert again.answered(command)[0] == 200
    assert drafts(control) == 1


def test_killed_after_the_answer_it_still_tells_it_until_it_was_received(
    browser: PluginProcess,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
) -> None:
    connection = stoflow.welcome()
    command = write(connection)
    connection.go(command)
    first = connection.result(command)
    for _ in range(2):
        browser.kill()
        browser.start(phase=None)
        connection = stoflow.welcome()
        assert connection.result(command) == first
    connection.received(command)
    connection.answers_pings = True
    write(connection, id=command)
    assert connection.result(command)[0]["kept"] is False
    browser.kill()
    browser.start(phase=None)
    assert stoflow.welcome().hears_nothing()
    assert drafts(control) == 1


def test_a_request_goes_on_without_a_connection(
    connection: Connection,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    command = write(connection)
    connection.go(command)
    wait_for(lambda: bool(control.holds()))
    connection.drop()
    again = stoflow.welcome()
    write(again, id=command)
    assert again.hears_nothing()
    control.release()
    assert again.answered(command)[0] == 200
    assert drafts(control) == 1


def test_an_answer_that_came_without_a_connection_is_told_after_the_next_welcome(
    connection: Connection,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    command = write(connection)
    connection.go(command)
    wait_for(lambda: bool(control.holds()))
    connection.drop()
    again = stoflow.accept()
    control.release()
    again.welcome()
    assert again.answered(command)[0] == 200


def test_a_connection_lost_before_the_leave_takes_the_command_with_it(
    connection: Connection, stoflow: StoflowServer, control: VintedControl, write: Write
) -> None:
    command = write(connection)
    connection.hear("begin")
    connection.drop()
    again = stoflow.welcome()
    again.say("go", id=command)
    assert again.hears_nothing()
    assert drafts(control) == 0


def test_stopped_in_good_order_in_the_middle_it_is_unknown(
    plugin: PluginThread,
    connection: Connection,
    stoflow: StoflowServer,
    control: VintedControl,
    write: Write,
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    command = write(connection)
    connection.go(command)
    wait_for(lambda: bool(control.holds()))
    plugin.stop()
    plugin.start()
    result, _ = stoflow.welcome().result(command)
    assert (result["outcome"], result["reason"]) == ("unknown", "browser")


def test_the_last_ids_are_remembered_and_no_result_is_forgotten_before_it_was_received(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert journal_module.KEPT == 200
    monkeypatch.setattr(journal_module, "KEPT", 5)
    journal = Journal(tmp_path / "plugin.sqlite3")
    for each in IDS:
        journal.begin(each)
        journal.end(each, {"outcome": "answered"}, b"body")
        if each != IDS[0]:
            journal.receive(each)
    found = [each for each in IDS if journal.find(each) is not None]
    assert found == [IDS[0], *IDS[-5:]]
    assert [each.id for each in journal.unreceived()] == [IDS[0]]
    journal.close()


def test_the_first_result_stands(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "plugin.sqlite3")
    journal.end(IDS[0], {"outcome": "unsent"})
    assert journal.end(IDS[0], {"outcome": "answered"}).result == {"outcome": "unsent"}
    journal.close()


def test_a_received_body_is_gone_from_the_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "plugin.sqlite3")
    journal.end(IDS[0], {"outcome": "answered"}, b"somebody's order")
    journal.receive(IDS[0])
    found = journal.find(IDS[0])
    assert found is not None
    assert (found.body, found.received) == (b"", True)
    journal.close()


def test_a_memory_has_one_browser(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "plugin.sqlite3")
    with pytest.raises(JournalError, match="locked"):
        Journal(tmp_path / "plugin.sqlite3")
    journal.close()
    Journal(tmp_path / "plugin.sqlite3").close()
