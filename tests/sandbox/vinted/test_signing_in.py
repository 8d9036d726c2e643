"""The web site: who is signed in, and what a page tells its scripts."""

import re

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import MemberClient


def test_a_member_signs_in_and_the_site_knows_them(lea: MemberClient) -> None:
    user = lea.get("users/current").body["user"]
    assert (str(user["id"]), user["login"]) == (lea.user_id, "lea")


def test_the_session_is_hidden_from_scripts_and_the_anon_id_is_not(
    vinted: SandboxProcess, control: VintedControl
) -> None:
    lea = MemberClient(vinted.api_url, control.member("lea", "a password"))
    assert "HttpOnly" not in lea.open().headers["Set-Cookie"]
    assert "anon_id" in lea.cookies
    line = lea.sign_in().headers["Set-Cookie"]
    assert line.startswith("_vinted_fr_session=")
    assert "HttpOnly" in line


@pytest.mark.parametrize("escaped", [0, 1])
def test_the_page_tells_its_scripts_the_token_and_the_user(
    lea: MemberClient, control: VintedControl, escaped: int
) -> None:
    control.settings(escaped_page_data=escaped)
    page = lea.open().content.decode()
    quote = '\\"' if escaped else '"'
    assert f"{quote}userId{quote}:{quote}{lea.user_id}{quote}" in page
    assert f"{quote}CSRF_TOKEN{quote}:{quote}{lea.csrf_token}{quote}" in page
    assert lea.upload().status == 200


def test_a_visitors_page_has_a_token_and_no_user(vinted: SandboxProcess) -> None:
    visitor = MemberClient(vinted.api_url, {"username": "", "password": "", "user_id": ""})
    page = visitor.open().content.decode()
    assert visitor.csrf_token
    assert "userId" not in page
    assert 'href="/member/login"' in page


def test_a_wrong_password_signs_nobody_in(vinted: SandboxProcess, control: VintedControl) -> None:
    lea = MemberClient(vinted.api_url, control.member("lea"))
    assert lea.sign_in("guessed").status == 401
    assert lea.get("users/current").status == 401


def test_who_signed_out_is_a_visitor(lea: MemberClient) -> None:
    lea.open("/member/logout")
    assert lea.get("users/current").status == 401
    assert lea.get(f"wardrobe/{lea.user_id}/items").status == 401
    assert lea.upload().status == 401


def test_a_visitor_may_also_be_told_200_without_a_login(
    lea: MemberClient, control: VintedControl
) -> None:
    control.settings(anonymous_without_401=1)
    control.sign_out("lea")
    reply = lea.get("users/current")
    assert reply.status == 200
    assert "login" not in reply.body["user"]


def test_everyone_can_be_signed_out(new_member: NewMember, control: VintedControl) -> None:
    lea, tom = new_member("lea"), new_member("tom")
    assert control.sign_out() == 2
    assert [each.get("users/current").status for each in (lea, tom)] == [401, 401]


def test_a_session_ends_in_time(lea: MemberClient, control: VintedControl) -> None:
    control.settings(session_lifetime=0)
    lea.sign_in()
    assert lea.get("users/current").status == 401


@pytest.mark.parametrize("header", ["X_CSRF_Token", "X_Anon_Id"])
@pytest.mark.parametrize("value", [None, "", "11111111-1111-4111-8111-111111111111"])
def test_a_write_without_the_pages_own_headers_is_refused_and_counted(
    lea: MemberClient, control: VintedControl, header: str, value: str | None
) -> None:
    refused = lea.call("POST", "items/1/delete", **{header: value})
    assert refused.status == 403
    name = header.replace("_", "-")
    route = "POST /api/v2/items/{item_id}/delete"
    assert control.effects()["violations"] == [f"{route} without the right {name}"]


def test_reads_need_no_token(lea: MemberClient, control: VintedControl) -> None:
    assert lea.call("GET", "item_upload/colors", X_CSRF_Token=None, X_Anon_Id=None).status == 200
    assert control.effects()["violations"] == []


def test_a_challenge_stands_before_everything_until_a_person_has_clicked(
    lea: MemberClient, control: VintedControl
) -> None:
    control.challenge()
    refused = lea.upload()
    assert (refused.status, "captcha-delivery" in refused.body["url"]) == (403, True)
    assert lea.get("users/current").status == 403
    page = lea.open()
    assert page.status == 403
    found = re.search(r'<iframe id="datadome-captcha"[^>]* src="([^"]+)"', page.content.decode())
    assert found is not None
    assert lea.send("GET", found[1], b"", {}).status == 200
    assert lea.send("POST", found[1], b"", {}).status == 302
    lea.open()
    assert lea.upload().status == 200
    assert control.effects()["violations"] == []


def test_the_challenge_can_be_switched_off(lea: MemberClient, control: VintedControl) -> None:
    control.challenge()
    control.challenge(on=False)
    assert lea.get("users/current").status == 200


def test_an_item_has_a_page_that_buyers_see(lea: MemberClient, new_member: NewMember) -> None:
    item = lea.publish(title="Robe <b>fleurie</b>")
    tom = new_member("tom")
    page = tom.open(f"/items/{item}-robe-fleurie")
    assert page.status == 200
    assert "<h1>Robe &lt;b&gt;fleurie&lt;/b&gt;</h1>" in page.content.decode()
    lea.hide(item)
    assert tom.open(f"/items/{item}").status == 404
    assert "hidden" in lea.open().content.decode()
