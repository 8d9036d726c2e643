"""No secret reaches a log, an attempt row or a repr."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import connection

from marketplaces import http
from marketplaces.http.redaction import evidence, shown_url
from tasks.errors import OutcomeUnknownError
from tasks.progress import as_json
from tests.marketplaces.http import loopback
from tests.marketplaces.http.loopback import LoopbackServer, answer

TOKEN = "v^1.1#i^1#p^3#SECRET-token+/="
REQUESTS = [
    http.Request("GET", "https://x.example/", {"Authorization": f"Bearer {TOKEN}"}),
    http.Request("GET", "https://x.example/", {"X-Api-Key": TOKEN, "Cookie": f"session={TOKEN}"}),
    http.Request("GET", f"https://x.example/?access_token={TOKEN.replace('#', '%23')}&sku=1"),
    http.Request("GET", f"https://x.example/a?code={TOKEN.replace('#', '%23')}"),
    http.Request.with_form("POST", "https://x.example/", {"refresh_token": TOKEN}),
    http.Request.with_form("POST", "https://x.example/", {"code": TOKEN, "grant_type": "x"}),
    http.Request.with_json("POST", "https://x.example/", {"a": [{"client_secret": TOKEN}]}),
    http.Request.with_json("POST", "https://x.example/", {"token": {"value": TOKEN}}),
    http.Request.with_json("POST", "https://x.example/", {"raw": json.dumps({"apiKey": TOKEN})}),
    http.Request.with_json("POST", "https://x.example/", {"note": TOKEN}, sensitive=(TOKEN,)),
]


@pytest.mark.parametrize("body", [b"\xff\xfe\x00garbage", b'{"a": "\\ud800"}', b'{"a": "\\u0000"}'])
@pytest.mark.django_db
def test_whatever_an_answer_holds_its_evidence_can_be_stored(body: bytes) -> None:
    request = http.Request("POST", "https://x.example/")
    shown = as_json(evidence(request, http.Response(request, 200, {}, body)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb -> 'answer' ->> 'status'", [shown])
        assert cursor.fetchone() == ("200",)


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_a_request_s_secrets_are_removed(request_: http.Request) -> None:
    shown = json.dumps(evidence(request_))
    assert "SECRET" not in shown
    assert "removed" in shown


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"access_token": TOKEN, "token_type": "Bearer"}),
        json.dumps({"deep": [{"refresh_token": TOKEN}]}),
        '{"access_token": "' + TOKEN,
        f"error: refresh_token={TOKEN} is dead",
        f"you sent Authorization: Bearer {TOKEN}",
        json.dumps({"echo": TOKEN}),
    ],
)
def test_an_answer_s_secrets_are_removed(body: str) -> None:
    request = http.Request("GET", "https://x.example/", {"Authorization": f"Bearer {TOKEN}"})
    headers = {"set-cookie": TOKEN, "location": f"https://x.example/?token={TOKEN}"}
    response = http.Response(request, 200, headers, body.encode())
    assert "SECRET" not in json.dumps(response.evidence)


def test_what_is_no_secret_is_kept() -> None:
    request = http.Request.with_json("POST", "https://x.example/offer?sku=a1", {"price": "9.99"})
    shown = evidence(request)["request"]
    assert shown["url"] == "https://x.example/offer?sku=a1"
    assert "9.99" in shown["body"]


def test_a_long_body_is_cut_and_a_file_is_only_named() -> None:
    part = http.FilePart("image", "a.jpg", "image/jpeg", b"x" * 9000)
    upload = evidence(http.Request.with_files("POST", "https://x.example/", part))
    text = evidence(http.Request.with_json("POST", "https://x.example/", {"a": "b" * 100_000}))
    assert "bytes of multipart/form-data" in upload["request"]["body"]
    assert len(text["request"]["body"]) < 5000


def test_a_password_in_an_address_is_not_shown() -> None:
    assert shown_url("https://me:hidden@x.example/a") == "https://x.example/a"


def test_an_empty_secret_spoils_no_address() -> None:
    """Etsy's clients have no secret of their own at the token endpoint."""
    assert shown_url("https://x.example/token", ("", "abc")) == "https://x.example/token"


def test_a_repr_shows_neither_headers_nor_body_nor_query() -> None:
    for request in REQUESTS:
        assert "SECRET" not in repr(request)
        assert "SECRET" not in repr(http.Response(request, 200, {"a": TOKEN}, TOKEN.encode()))


def test_logs_and_errors_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with LoopbackServer(answer(), loopback.reset) as server:
        url = server.url("/a?access_token=SECRET&sku=7")
        http.send(http.Request("POST", url, headers, account="t1/3"))
        with pytest.raises(OutcomeUnknownError) as caught:
            http.send(http.Request("POST", url, headers))
    assert "SECRET" not in caplog.text
    assert "sku=7" in caplog.text
    assert "t1/3" in caplog.text
    assert "SECRET" not in json.dumps(caught.value.evidence) + str(caught.value)
