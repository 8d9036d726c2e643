"""What goes wrong on the way, and what a careless client is told of."""

import hashlib
import http.client
import re
import threading

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.seller_client import a_photo, wait_for
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import (
    COMPLETE_ROUTE,
    DRAFT_ROUTE,
    PHOTO_ROUTE,
    WARDROBE_ROUTE,
    MemberClient,
)


@pytest.mark.parametrize(("kind", "created"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_is_cut_around_the_draft(
    lea: MemberClient, control: VintedControl, kind: str, created: int
) -> None:
    control.add_fault(DRAFT_ROUTE, kind)
    with pytest.raises((http.client.HTTPException, OSError)):
        lea.create_draft()
    assert control.effects()["summary"]["draft_listings"] == created


def test_a_tab_is_killed_between_effect_and_answer(
    lea: MemberClient, control: VintedControl
) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    control.add_fault(COMPLETE_ROUTE, "hold_after", match="demozp17")
    lea.timeout = 0.5
    with pytest.raises(TimeoutError):
        lea.complete(draft, photo)
    assert [each["effect"] for each in control.holds()] == [True]
    lea.timeout = 20
    assert lea.wardrobe()["items"][0]["is_draft"] is False
    assert control.effects()["violations"] == []


def test_a_fault_strikes_the_item_that_it_means(lea: MemberClient, control: VintedControl) -> None:
    control.add_fault(DRAFT_ROUTE, "status", match="demozp1", status=503)
    assert lea.create_draft(title="Robe [demozp17]").status == 200
    refused = lea.create_draft(title="Robe [demozp1]")
    assert (refused.status, refused.body["message_code"]) == (503, "server_error")


def test_html_may_come_instead_of_json(lea: MemberClient, control: VintedControl) -> None:
    control.add_fault(WARDROBE_ROUTE, "status", status=200, page="<h1>Log in</h1>")
    reply = lea.get(f"wardrobe/{lea.user_id}/items")
    assert (reply.status, reply.content) == (200, b"<h1>Log in</h1>")
    assert reply.headers["Content-Type"].startswith("text/html")


def test_too_many_requests_are_told_when_to_come_again(
    lea: MemberClient, control: VintedControl
) -> None:
    control.add_fault(PHOTO_ROUTE, "status", status=429, headers={"retry-after": "7"})
    refused = lea.upload()
    assert (refused.status, refused.headers["retry-after"]) == (429, "7")


def test_a_fault_is_for_one_photo_or_for_one_member(
    lea: MemberClient, new_member: NewMember, control: VintedControl
) -> None:
    tom, photo = new_member("tom"), a_photo()
    checksum = hashlib.sha256(photo).hexdigest()
    control.add_fault(PHOTO_ROUTE, "status", match=checksum, status=503)
    control.add_fault("GET /api/v2/my_orders", "status", match="tom", status=503)
    assert lea.upload(a_photo(size=(300, 300))).status == 200
    assert lea.upload(photo).status == 503
    assert lea.get("my_orders", type="sold").status == 200
    assert tom.get("my_orders", type="sold").status == 503


def test_two_commands_at_once_are_counted(lea: MemberClient, control: VintedControl) -> None:
    control.add_fault(DRAFT_ROUTE, "hold_before")
    first = threading.Thread(target=lea.create_draft)
    first.start()
    wait_for(lambda: bool(control.holds()))
    lea.get("users/current")
    lea.upload()
    control.release()
    first.join()
    assert control.effects()["violations"] == [
        f"commands_at_once: {PHOTO_ROUTE} of lea while {DRAFT_ROUTE} was under way"
    ]


def test_two_members_do_not_disturb_each_other(
    lea: MemberClient, new_member: NewMember, control: VintedControl
) -> None:
    tom = new_member("tom")
    control.add_fault(DRAFT_ROUTE, "hold_before")
    first = threading.Thread(target=lea.create_draft)
    first.start()
    wait_for(lambda: bool(control.holds()))
    tom.upload()
    control.release()
    first.join()
    assert control.effects()["violations"] == []


def test_calls_that_come_too_quickly_are_counted(lea: MemberClient, control: VintedControl) -> None:
    control.settings(least_seconds_between_calls=60)
    lea.get("users/current")
    lea.upload()
    lea.get("users/current")
    assert control.effects()["violations"] == []
    lea.upload()
    [violation] = control.effects()["violations"]
    assert re.match(rf"commands_at_once: {PHOTO_ROUTE} \d+\.", violation)


def test_the_log_knows_the_item_and_no_secret(lea: MemberClient, control: VintedControl) -> None:
    lea.publish()
    lea.wardrobe()
    log = control.requests()
    completed = [each for each in log if each["template"] == COMPLETE_ROUTE.partition(" ")[2]]
    assert [each["subject"] for each in completed] == ["Robe fleurie, taille M [demozp17]"]
    assert log[-1]["path"].endswith("/items?page=1&per_page=96&order=newest_first")
    assert lea.member["password"] not in str(log)


def test_an_address_that_vinted_does_not_have_is_404(lea: MemberClient) -> None:
    assert lea.get("items/1").status == 404
    assert lea.call("DELETE", "items/1").status == 404


def test_a_killed_vinted_remembers(lea: MemberClient, vinted: SandboxProcess) -> None:
    item = lea.publish()
    vinted.kill()
    vinted.restart()
    assert lea.read(item).status == 200
    assert lea.delete(item).status == 200
