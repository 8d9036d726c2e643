"""The plugin's own check of messages says what jsonschema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Page

from tests.acceptance.browser import chromium
from tests.marketplaces.vinted.extension.plugged import EXTENSION
from tests.marketplaces.vinted.extension.running import Loop, served
from tests.marketplaces.vinted.extension.server import SCHEMA, validator

ID = "0b9e2c5a-58a5-4f3a-9a34-0d6b8a4a3c11"
VINTED = {"state": "ready", "site": "www.vinted.fr", "user_id": "7", "login": "ada"}
HELLO = {
    "type": "hello",
    "protocol": 1,
    "version": "1.0.0",
    "token": "t",
    "installation": ID,
    "vinted": VINTED,
}
FILE = {
    "field": "photo[file]",
    "name": "a.jpg",
    "content_type": "image/jpeg",
    "size": 1,
    "sha256": "0" * 64,
}
REQUEST = {
    "method": "POST",
    "path": "/api/v2/photos?a=1",
    "headers": {"X-Upload-Form": "true"},
    "json": None,
    "form": {"fields": {"photo[type]": "item"}, "file": FILE},
}
COMMAND = {
    "type": "command",
    "id": ID,
    "request": REQUEST,
    "writes": True,
    "as_user": "7",
    "answer_seconds": 25,
}
ANSWERED = {
    "type": "result",
    "id": ID,
    "outcome": "answered",
    "status": 200,
    "headers": {"content-type": "text/html"},
    "size": 0,
    "sha256": "0" * 64,
    "parts": 0,
    "kept": True,
}
UNKNOWN = {"type": "result", "id": ID, "outcome": "unknown", "reason": "tab", "detail": ""}
UNSENT = {**UNKNOWN, "outcome": "unsent", "reason": "vinted", "status": 429, "retry_after": "60"}
WELCOME = {
    "type": "welcome",
    "protocol": 1,
    "heartbeat_seconds": 20,
    "account": "Ada",
    "user_id": None,
    "site": "www.vinted.fr",
    "member_of": None,
    "stopped": False,
}
STANDING = {
    "type": "standing",
    "user_id": "7",
    "site": "www.vinted.fr",
    "member_of": "Other",
    "stopped": True,
}
GOOD: list[dict[str, Any]] = [
    HELLO,
    {"type": "state", "vinted": {**VINTED, "state": "no_tab", "user_id": None, "login": None}},
    {"type": "ping"},
    {"type": "need", "id": ID, "offset": 0},
    {"type": "begin", "id": ID},
    {"type": "part", "id": ID, "index": 63, "data": "QUJD"},
    ANSWERED,
    UNSENT,
    UNKNOWN,
    WELCOME,
    STANDING,
    {"type": "refused", "reason": "token", "message": "", "least_version": None},
    {"type": "pong"},
    COMMAND,
    {"type": "chunk", "id": ID, "offset": 10_485_760, "data": "QQ=="},
    {"type": "go", "id": ID},
    {"type": "stop", "id": ID},
    {"type": "received", "id": ID},
]
# What a value of a message is replaced with, wherever it stands.
WRONG: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    0.1,
    -1,
    1e300,
    "",
    "1",
    "x" * 2001,
    "é" * 200,
    "😀" * 200,
    "😀" * 201,
    f"{ID}\n",
    ID.upper(),
    "/api/v2/",
    "/api/v2/#",
    "QUJD===",
    "image/jpeg",
    [],
    [1],
    {},
    {"a": 1},
    {"toString": "a"},
    {"__proto__": "a"},
]


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))


def changed(message: Any, path: tuple[str, ...], *value: Any) -> Any:
    """A copy with another value at `path`, or without it."""
    name, *rest = path
    copied = dict(message)
    if rest:
        copied[name] = changed(message[name], tuple(rest), *value)
    elif value:
        (copied[name],) = value
    else:
        del copied[name]
    return copied


def table() -> list[Any]:
    messages: list[Any] = [*GOOD, *WRONG]
    for message in GOOD:
        for path in places(message):
            messages.append(changed(message, path))
            messages += [changed(message, path, value) for value in WRONG]
            messages.append(changed(message, (*path[:-1], "more"), "x"))
    return messages


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page from which the plugin's modules can be imported."""
    application = web.Application()
    application.router.add_static("/extension", EXTENSION)
    application.router.add_get("/", _empty)
    loop = Loop()
    with served(loop, application) as port, chromium.running() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        yield page
    loop.close()


async def _empty(request: web.Request) -> web.Response:
    return web.Response(text="<title>Modules</title>", content_type="text/html")


@pytest.mark.parametrize("side", ["from_plugin", "from_server"])
def test_both_checks_agree_on_every_message(page: Page, side: str) -> None:
    messages = table()
    judge = validator(side)
    expected = [judge.is_valid(message) for message in messages]
    told = page.evaluate(
        """async ([schema, side, texts]) => {
            const { fits } = await import("/extension/worker/schema.js");
            return texts.map((text) => fits(JSON.parse(text), schema.$defs[side], schema));
        }""",
        [SCHEMA, side, [json.dumps(message) for message in messages]],
    )
    differing = [
        (message, wanted)
        for message, wanted, got in zip(messages, expected, told, strict=True)
        if wanted != got
    ]
    assert differing == []
    assert True in expected
    assert expected.count(False) > 1000


def test_every_kind_of_message_is_in_the_table() -> None:
    """One good message at least for each definition of the two sides."""
    names = {
        rule["$ref"].removeprefix("#/$defs/")
        for side in ("from_plugin", "from_server")
        for rule in SCHEMA["$defs"][side]["oneOf"]
    }
    assert len(names) == len(GOOD)


def test_a_keyword_that_the_check_does_not_know_is_an_error(page: Page) -> None:
    said = page.evaluate(
        """async () => {
            const { fits } = await import("/extension/worker/schema.js");
            try { return fits(5, { multipleOf: 2 }); } catch (error) { return error.message; }
        }"""
    )
    assert "multipleOf" in said
