"""A command's way, as docs/plugin-protocol.md has it: each step, and what stops it."""

import time
from typing import Any

import pytest

from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin import browser, run
from tests.sandbox.seller_client import wait_for
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import DRAFT_ROUTE, MemberClient
from tests.sandbox.vinted.plugin.conftest import Write
from tests.sandbox.vinted.plugin.running import PluginThread
from tests.sandbox.vinted.plugin.stoflow_server import Connection, StoflowServer

Body = dict[str, Any]

WHO_AM_I = "GET /api/v2/users/current"
PAGE = "\n<!doctype html><h1>Log in</h1>"
CHALLENGE_PAGE = '<h1>Please verify you are human</h1><iframe src="/captcha/datadome"></iframe>'


def drafts(control: VintedControl) -> int:
    return control.effects()["summary"]["draft_listings"]


def test_a_read_is_carried_out_when_the_server_lets_it(connection: Connection) -> None:
    command = connection.command("GET", "item_upload/colors")
    connection.go(command)
    result, body = connection.result(command)
    assert (result["outcome"], result["status"], result["kept"]) == ("answered", 200, True)
    assert result["headers"] == {"content-type": "application/json"}
    assert b"Turquoise" in body


def test_a_write_has_what_the_page_adds_and_is_made_once(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    command = write(connection)
    connection.go(command)
    status, body = connection.answered(command)
    assert (status, body["draft"]["is_draft"]) == (200, True)
    connection.received(command)
    assert drafts(control) == 1
    assert control.effects()["violations"] == []


def test_what_vinted_says_arrives_as_it_is(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "status", status=429, headers={"retry-after": "7"})
    command = write(connection, request={"json": {"draft": {}}})
    connection.go(command)
    result, body = connection.result(command)
    assert result["status"] == 429
    assert result["headers"] == {"content-type": "application/json", "retry-after": "7"}
    assert b"rate_limited" in body


def test_a_long_body_comes_in_pieces_and_whole(
    connection: Connection, lea_id: str, control: VintedControl
) -> None:
    for number in range(96):
        control.list_by_hand("lea", f"Item {number}", photos=4)
    command = connection.command("GET", f"wardrobe/{lea_id}/items?page=1&per_page=96")
    connection.go(command)
    result, body = connection.result(command)
    assert result["parts"] > 1
    assert body.count(b'"is_draft"') == 96


def test_nothing_is_sent_before_the_leave(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    command = write(connection)
    assert connection.hear("begin")["id"] == command
    assert connection.hears_nothing()
    assert drafts(control) == 0


def test_a_leave_that_comes_too_late_is_asked_for_again(
    connection: Connection,
    write: Write,
    control: VintedControl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "BEGIN_SECONDS", 0.2)
    command = write(connection)
    connection.hear("begin")
    time.sleep(0.3)
    connection.say("go", id=command)
    assert connection.hear("begin")["id"] == command
    assert drafts(control) == 0
    monkeypatch.setattr(run, "BEGIN_SECONDS", 60.0)
    connection.say("go", id=command)
    assert connection.answered(command)[0] == 200
    assert drafts(control) == 1


def test_a_leave_that_nobody_asked_for_does_nothing(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    connection.say("go", id="11111111-1111-4111-8111-111111111111")
    command = write(connection)
    connection.go(command)
    assert connection.answered(command)[0] == 200
    connection.say("go", id=command)
    assert connection.hears_nothing()
    assert drafts(control) == 1


def test_a_command_that_was_stopped_is_forgotten(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    command = write(connection)
    connection.hear("begin")
    connection.say("stop", id=command)
    connection.say("go", id=command)
    assert connection.hears_nothing()
    assert drafts(control) == 0
    again = write(connection, id=command)
    connection.go(again)
    assert connection.answered(again)[0] == 200


def test_a_stop_after_the_leave_comes_too_late(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    command = write(connection)
    connection.go(command)
    wait_for(lambda: bool(control.holds()))
    connection.say("stop", id=command)
    control.release()
    assert connection.answered(command)[0] == 200


def test_the_same_id_again_is_answered_from_memory(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    command = write(connection)
    connection.go(command)
    first = connection.result(command)
    write(connection, id=command)
    assert connection.result(command) == first
    connection.received(command)
    write(connection, id=command)
    result, body = connection.result(command)
    assert (result["status"], result["parts"], result["kept"], body) == (200, 0, False, b"")
    assert result["size"] == first[0]["size"]
    assert drafts(control) == 1


def test_the_same_id_while_it_is_under_way_changes_nothing(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_before")
    command = write(connection)
    connection.hear("begin")
    write(connection, id=command)
    connection.say("go", id=command)
    wait_for(lambda: bool(control.holds()))
    write(connection, id=command)
    assert connection.hears_nothing()
    control.release()
    assert connection.answered(command)[0] == 200
    assert connection.hears_nothing()
    assert drafts(control) == 1


def test_there_is_one_command_at_a_time(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    first = write(connection)
    connection.go(first)
    wait_for(lambda: bool(control.holds()))
    second = connection.command("GET", "item_upload/colors")
    assert connection.unsent(second) == "busy"
    control.release()
    assert connection.answered(first)[0] == 200
    assert control.effects()["violations"] == []


def test_an_unsent_command_stays_unsent(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    command = write(connection, as_user="4711")
    assert connection.unsent(command) == "wrong_user"
    write(connection, id=command)
    assert connection.unsent(command) == "wrong_user"
    assert drafts(control) == 0


def test_a_write_needs_the_accounts_own_user(
    plugin: PluginThread, connection: Connection, new_member: NewMember, write: Write
) -> None:
    tom = new_member("tom")
    assert connection.unsent(write(connection, as_user=tom.user_id)) == "wrong_user"
    assert connection.command("POST", "items/1/delete", as_user=None)


@pytest.mark.parametrize("anonymous", [0, 1])
def test_who_was_signed_out_writes_nothing_and_the_server_is_told(
    connection: Connection, write: Write, control: VintedControl, anonymous: int
) -> None:
    control.settings(anonymous_without_401=anonymous)
    control.sign_out()
    command = write(connection)
    assert connection.hear("state")["vinted"]["state"] == "signed_out"
    assert connection.unsent(command) == "signed_out"


def test_a_challenge_stops_everything_and_the_server_is_told(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.challenge()
    command = write(connection)
    assert connection.hear("state")["vinted"]["state"] == "challenge"
    assert connection.unsent(command) == "challenge"
    asked = len(control.requests())
    assert connection.unsent(connection.command("GET", "item_upload/colors")) == "challenge"
    assert len(control.requests()) == asked


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("headers", [{"Retry-After": "90"}, {}])
def test_what_vinted_answers_instead_of_who_is_signed_in_is_told(
    connection: Connection,
    write: Write,
    control: VintedControl,
    headers: dict[str, str],
    status: int,
) -> None:
    control.add_fault(WHO_AM_I, "status", status=status, headers=headers)
    told, _ = connection.result(write(connection))
    assert (told["reason"], told["status"]) == ("vinted", status)
    assert told.get("retry_after") == headers.get("Retry-After")


def test_no_status_is_told_where_vinted_gave_none(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(WHO_AM_I, "cut_before")
    told, _ = connection.result(write(connection))
    assert (told["reason"], "status" in told) == ("vinted", False)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": 200, "page": PAGE}, "signed_out"),
        ({"status": 302, "headers": {"Location": "/member/login"}}, "signed_out"),
        ({"status": 200, "page": CHALLENGE_PAGE}, "challenge"),
        ({"status": 403, "page": CHALLENGE_PAGE}, "challenge"),
        ({"status": 429, "page": CHALLENGE_PAGE}, "challenge"),
    ],
)
def test_a_page_instead_of_who_is_signed_in_is_the_end_of_the_session_or_a_challenge(
    connection: Connection, write: Write, control: VintedControl, answer: Body, state: str
) -> None:
    control.add_fault(WHO_AM_I, "status", **answer)
    command = write(connection)
    assert connection.hear("state")["vinted"]["state"] == state
    assert connection.unsent(command) == state


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "page": "Bonjour"},
        {"status": 200, "body": {"user": "datadome"}},
        {"status": 429, "page": PAGE},
        {"status": 502, "page": PAGE},
        {"status": 503, "page": CHALLENGE_PAGE},
    ],
)
def test_what_is_no_answer_says_nothing_of_who_is_signed_in(
    connection: Connection, write: Write, control: VintedControl, answer: Body
) -> None:
    control.add_fault(WHO_AM_I, "status", **answer)
    told, _ = connection.result(write(connection))
    assert (told["reason"], told["status"]) == ("vinted", answer["status"])


def test_a_read_is_not_made_for_an_account_of_another_site(
    plugin: PluginThread, stoflow: StoflowServer
) -> None:
    plugin.start()
    connection = stoflow.welcome(site="www.vinted.fr")
    assert connection.unsent(connection.command("GET", "item_upload/colors")) == "no_tab"


def test_no_answer_in_time_is_unknown(
    connection: Connection, write: Write, control: VintedControl
) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_after")
    command = write(connection, answer_seconds=0.3)
    connection.go(command)
    result, _ = connection.result(command)
    assert (result["outcome"], result["reason"]) == ("unknown", "time")
    assert drafts(control) == 1


WRITES = {
    DRAFT_ROUTE: "item_upload/drafts",
    "PUT /api/v2/items/{item_id}/is_hidden": "items/{item}/is_hidden",
    "DELETE /api/v2/item_upload/drafts/{item_id}": "item_upload/drafts/{draft}",
}
"""Of each method one: HTTP libraries like to send PUT and DELETE again."""


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_mid_answer"])
@pytest.mark.parametrize("route", WRITES)
def test_a_request_whose_answer_is_lost_is_unknown_and_never_repeated(
    connection: Connection, lea: MemberClient, control: VintedControl, kind: str, route: str
) -> None:
    path = WRITES[route].format(item=control.list_by_hand("lea", "Hat"), draft=lea.draft())
    body = {"draft": lea.content(), "is_hidden": True} if "DELETE" not in route else None
    control.add_fault(route, kind)
    since = control.requests()[-1]["id"]
    command = connection.command(
        route.partition(" ")[0], path, as_user=lea.user_id, request={"json": body}
    )
    connection.go(command)
    result, _ = connection.result(command)
    assert (result["outcome"], result["reason"]) == ("unknown", "network")
    made = [f"{each['method']} {each['template']}" for each in control.requests(since=since)]
    assert made.count(route) == 1


def test_a_body_that_is_too_long_is_unknown(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "LONGEST_BODY", 100)
    command = connection.command("GET", "item_upload/colors")
    connection.go(command)
    result, _ = connection.result(command)
    assert (result["outcome"], result["reason"]) == ("unknown", "too_long")


def test_a_redirect_is_not_followed(connection: Connection, control: VintedControl) -> None:
    headers = {"location": "/member/login"}
    control.add_fault("GET /api/v2/my_orders", "status", status=302, headers=headers)
    command = connection.command("GET", "my_orders?type=sold")
    connection.go(command)
    assert connection.result(command)[0]["status"] == 302


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("GET users/4711", {}),
        ("POST item_upload/items", {}),
        ("DELETE items/1", {}),
        ("GET item_upload/items/1/../../users/current", {}),
        ("GET wardrobe/x/items", {}),
        ("POST item_upload/drafts/1/completion/more", {}),
        ("GET my_orders%2F1", {}),
        ("POST item_upload/drafts", {"writes": False}),
        ("GET my_orders", {"writes": True}),
        ("GET my_orders", {"request": {"json": {}}}),
    ],
)
def test_what_is_not_on_the_list_is_refused(
    connection: Connection, control: VintedControl, lea_id: str, line: str, changes: Body
) -> None:
    before = len(control.requests())
    command = connection.command(*line.split(), as_user=lea_id, **changes)
    assert connection.unsent(command) == "not_allowed"
    assert len(control.requests()) == before
