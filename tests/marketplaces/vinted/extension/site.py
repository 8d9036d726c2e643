"""A site that answers as Vinted does, as far as the plugin looks; a test tells it what to say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from aiohttp import web

from tests.acceptance.processes import until
from tests.marketplaces.vinted.extension.running import Loop, served

CSRF_TOKEN = "75f6c9fa-dc8e-4e52-a000-e09dd4084b3e"
SLOW_SECONDS = 1.0
ANON_ID = "1c3ae4cd-0e8b-4b3a-9d6d-1f7c9b6a2d11"
SESSION = "_vinted_fr_session"
USERS = {"ada": {"id": 7, "login": "ada"}, "bob": {"id": 8, "login": "bob"}}
# As in the page of a site made with Next.js: JSON inside a string.
PAGE = r"""<!doctype html><title>Vinted</title><p>%s</p>
<script>window.state = "{\"config\":{\"CSRF_TOKEN\":\"{token}\"}}";</script>"""
CHALLENGE = '<iframe src="https://geo.captcha-delivery.invalid/datadome/"></iframe>'


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def parts(self) -> list[MIMEPart]:
        """The parts of a multipart body."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return list(message.iter_parts())


@dataclass
class Site:
    loop: Loop
    port: int = 0
    status: int = 200
    body: bytes = b'{"code": 0}'
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    token: str = CSRF_TOKEN
    """In pages that are loaded from now on; empty: there is none."""
    asks: bool = False
    current_status: int = 200
    current_headers: dict[str, str] = field(default_factory=dict)
    current_page: str = ""
    """Answered instead of who is signed in."""
    moves: bool = False
    """Who asks who is signed in is sent on to a page."""
    slow: str = ""
    """The path of a page that is answered late when it asks who is signed in."""
    cuts: int = 0
    calls: list[Call] = field(default_factory=list)
    lookups: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._open.set()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/"

    def sign_in(self, name: str) -> str:
        """The address at which `name` is signed in."""
        return f"{self.url}sign-in/{name}"

    def hold(self) -> None:
        """Calls take effect and are not answered until `let_go`."""
        self.loop.loop.call_soon_threadsafe(self._open.clear)

    def let_go(self) -> None:
        self.loop.loop.call_soon_threadsafe(self._open.set)

    def until_called(self, times: int = 1) -> Call:
        until(lambda: len(self.calls) >= times, 60, f"{times} calls")
        return self.calls[-1]

    async def page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name")
        text = PAGE.replace("{token}", self.token)
        text = text.replace("%s", CHALLENGE if self.asks else "Bonjour")
        response = web.Response(text=text, content_type="text/html")
        response.set_cookie("anon_id", ANON_ID)
        if name == "nobody":
            response.del_cookie(SESSION)
        elif name is not None:
            response.set_cookie(SESSION, name, httponly=True)
        return response

    async def current(self, request: web.Request) -> web.Response:
        self.lookups += 1
        if self.slow and request.headers.get("Referer", "").endswith(self.slow):
            await asyncio.sleep(SLOW_SECONDS)
        if self.moves:
            raise web.HTTPFound("/")
        if self.current_page:
            return web.Response(
                text=self.current_page, status=self.current_status, content_type="text/html"
            )
        if self.current_status == 403:
            blocked = '{"url": "https://geo.captcha-delivery.invalid/captcha/?initialCid=1"}'
            return web.Response(status=403, text=blocked, content_type="application/json")
        user: Any = USERS.get(request.cookies.get(SESSION, ""), {"id": 99, "login": None})
        return web.json_response(
            {"user": user}, status=self.current_status, headers=self.current_headers
        )

    async def call(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.calls.append(Call(request.method, request.path_qs, request.headers.copy(), body))
        await self._open.wait()
        if self.cuts:
            self.cuts -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@contextmanager
def running(loop: Loop) -> Iterator[Site]:
    async def made() -> Site:
        return Site(loop)

    site = loop.run(made())
    application = web.Application(client_max_size=20_000_000)
    application.router.add_get("/", site.page)
    application.router.add_get("/sign-in/{name}", site.page)
    application.router.add_get("/api/v2/users/current", site.current)
    application.router.add_route("*", "/api/v2/{path:.*}", site.call)
    with served(loop, application) as port:
        site.port = port
        yield site
        site.let_go()
