"""What the plugin does with a command, in a real browser."""

from __future__ import annotations

import hashlib
import json
from secrets import token_bytes

import pytest
from playwright.sync_api import Page

from tests.marketplaces.vinted.extension.server import CHUNK, Server
from tests.marketplaces.vinted.extension.site import ANON_ID, CSRF_TOKEN, Site

pytestmark = [pytest.mark.slow]


def test_a_read_is_made_in_the_sellers_session(server: Server, site: Site, tab: Page) -> None:
    site.body = '{"items": [{"title": "Robe d\\u2019été — 12\u202f€"}]}'.encode()
    result = server.result(server.command("GET", "/api/v2/wardrobe/7/items?page=2&per_page=96"))
    (call,) = site.calls
    assert (call.method, call.path) == ("GET", "/api/v2/wardrobe/7/items?page=2&per_page=96")
    assert "_vinted_fr_session=ada" in call.headers["Cookie"]
    assert call.headers["X-Anon-Id"] == ANON_ID
    assert "X-CSRF-Token" not in call.headers
    assert result.message["status"] == 200
    assert result.message["headers"] == {"content-type": "application/json"}
    assert result.body == site.body


def test_a_write_carries_vinteds_own_token_and_json(server: Server, site: Site, tab: Page) -> None:
    site.status, site.body = 422, b'{"errors": [{"field": "title"}]}'
    site.headers = {"Content-Type": "application/json; charset=utf-8", "Retry-After": "7"}
    item = {"item": {"title": "Robe d'été à 12 €", "price": 12.5, "brand": None}}
    headers = {"X-Upload-Form": "true", "X-Enable-Multiple-Size-Groups": "true"}
    made = server.command("POST", "/api/v2/item_upload/drafts", json=item, headers=headers)
    result = server.result(made)
    (call,) = site.calls
    assert json.loads(call.body) == item
    assert call.headers["X-CSRF-Token"] == CSRF_TOKEN
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["X-Upload-Form"] == "true"
    assert result.message["status"] == 422
    assert result.message["headers"] == {
        "content-type": "application/json; charset=utf-8",
        "retry-after": "7",
    }
    assert result.body == site.body


def test_a_write_without_a_body_has_none(server: Server, site: Site, tab: Page) -> None:
    server.result(server.command("POST", "/api/v2/items/5/delete"))
    assert site.calls[0].body == b""


def test_a_photo_arrives_byte_for_byte(server: Server, site: Site, tab: Page) -> None:
    photo = token_bytes(1_000_003)
    fields = {"photo[type]": "item", "photo[temp_uuid]": ""}
    made = server.command("POST", "/api/v2/photos", file=photo, fields=fields)
    assert server.result(made).message["status"] == 200
    assert [message["offset"] for message in server.all("need", made)] == list(
        range(0, len(photo), CHUNK)
    )
    kind, temp, file = site.calls[0].parts()
    assert (kind.get_param("name", header="content-disposition"), kind.get_content()) == (
        "photo[type]",
        "item",
    )
    assert temp.get_content() == ""
    assert file.get_param("name", header="content-disposition") == "photo[file]"
    assert (file.get_filename(), file.get_content_type()) == ("photo.jpg", "image/jpeg")
    assert file.get_payload(decode=True) == photo


def test_a_photo_of_ten_megabytes_arrives(server: Server, site: Site, tab: Page) -> None:
    photo = token_bytes(10_485_760)
    server.result(server.command("POST", "/api/v2/photos", file=photo, seconds=20))
    assert photo in site.calls[0].body


def test_a_file_that_is_not_the_announced_one_is_not_sent(
    server: Server, site: Site, tab: Page
) -> None:
    made = server.command("POST", "/api/v2/photos", file=b"photo", checksum="0" * 64)
    assert server.result(made).ending == ("unsent", "file")
    assert site.calls == []
    assert server.count("begin") == 0


def test_bodies_arrive_byte_for_byte(server: Server, site: Site, tab: Page) -> None:
    for size in (0, 1, CHUNK, CHUNK + 1, 7 * 1024 * 1024):
        site.body = token_bytes(size)
        result = server.result(server.command("GET", "/api/v2/my_orders", seconds=20))
        assert result.message["kept"]
        assert result.message["parts"] == -(-size // CHUNK)
        assert hashlib.sha256(result.body).hexdigest() == result.message["sha256"]
        assert result.body == site.body


def test_a_body_that_is_too_long_is_told(server: Server, site: Site, tab: Page) -> None:
    site.body = bytes(7 * 1024 * 1024 + 1)
    result = server.result(server.command("GET", "/api/v2/my_orders", seconds=20))
    assert result.ending == ("unknown", "too_long")


def test_an_answer_that_does_not_come_in_time_is_unknown(
    server: Server, site: Site, tab: Page
) -> None:
    site.hold()
    made = server.command("POST", "/api/v2/items/5/delete", seconds=0.5)
    assert server.result(made).ending == ("unknown", "time")
    site.let_go()
    assert server.result(server.command("GET", "/api/v2/my_orders")).outcome == "answered"


def test_a_redirected_write_is_not_sent_again(server: Server, site: Site, tab: Page) -> None:
    site.status, site.headers = 307, {"Location": "/api/v2/items/6/delete"}
    made = server.command("POST", "/api/v2/items/5/delete")
    assert server.result(made).ending == ("unknown", "network")
    assert len(site.calls) == 1


def test_what_is_not_on_the_list_is_refused(server: Server, site: Site, tab: Page) -> None:
    for method, path in (
        ("GET", "/api/v2/users/8"),
        ("DELETE", "/api/v2/item_upload/items/5"),
        ("POST", "/api/v2/users/current"),
        ("POST", "/api/v2/items/5/delete/../../6/delete"),
        ("PUT", "/api/v2/items/5%2F6/is_hidden"),
        ("GET", "/api/v2/wardrobe/7/items/"),
        ("GET", "/api/v2/wardrobe/7/items\n"),
    ):
        assert server.result(server.command(method, path)).ending == ("unsent", "not_allowed")
    assert (site.calls, server.count("begin")) == ([], 0)


def test_a_leave_that_comes_too_late_is_asked_for_again(
    server: Server, site: Site, tab: Page
) -> None:
    server.go_after = 5.2
    made = server.command("POST", "/api/v2/items/5/delete")
    server.until_heard("begin", made, times=2)
    assert server.result(made).outcome == "answered"
    assert len(site.calls) == 1


def test_a_leave_that_never_comes_is_none(server: Server, site: Site, tab: Page) -> None:
    server.grants = False
    made = server.command("POST", "/api/v2/items/5/delete")
    server.until_heard("begin", made)
    server.send({"type": "stop", "id": made})
    server.grants = True
    assert server.result(server.command("GET", "/api/v2/my_orders")).outcome == "answered"
    assert [call.method for call in site.calls] == ["GET"]


def test_a_leave_for_what_was_stopped_does_nothing(server: Server, site: Site, tab: Page) -> None:
    server.grants = False
    made = server.command("POST", "/api/v2/items/5/delete")
    server.until_heard("begin", made)
    server.send({"type": "stop", "id": made})
    server.send({"type": "go", "id": made})
    server.grants = True
    server.result(server.command("GET", "/api/v2/my_orders"))
    assert [call.method for call in site.calls] == ["GET"]


def test_a_second_command_meanwhile_is_refused(server: Server, site: Site, tab: Page) -> None:
    site.hold()
    first = server.command("POST", "/api/v2/items/5/delete")
    site.until_called()
    assert server.result(server.command("GET", "/api/v2/my_orders")).ending == ("unsent", "busy")
    site.let_go()
    assert server.result(first).outcome == "answered"


def test_the_same_command_twice_is_made_once(server: Server, site: Site, tab: Page) -> None:
    site.hold()
    made = server.command("POST", "/api/v2/items/5/delete")
    command = server.told[-1]
    server.send(command)
    site.until_called()
    server.send(command)
    site.let_go()
    assert server.result(made).body == site.body
    server.send(command)
    again = server.result(made, times=2)
    assert (again.message["parts"], again.message["kept"]) == (0, False)
    assert len(site.calls) == 1
