"""The browser that the plugin would live in: a session of Vinted's site, its cookies and its page.

What proves who is signed in stays here: the page's token and the cookies go to the site alone.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.client_exceptions import ClientError, ClientOSError, ServerDisconnectedError
from yarl import URL

from marketplaces.sandbox.vinted.plugin.protocol import LONGEST_BODY

Json = dict[str, Any]

PAGE_SECONDS = 15.0
QUIET_SECONDS = 60.0
"""After a 429 that does not say how long."""
LONGEST_QUIET_SECONDS = 3600.0
READY, NO_TAB, SIGNED_OUT, CHALLENGE = "ready", "no_tab", "signed_out", "challenge"
_CAPTCHA = re.compile(
    r"datadome|captcha-delivery|geetest_panel|verify you are human", re.IGNORECASE
)


@dataclass(frozen=True)
class Seen:
    """What the browser shows."""

    state: str
    user_id: str | None = None
    login: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Json
    """Those that the protocol passes on."""
    body: bytes


class SiteError(Exception):
    """A request had no whole answer; whether it took effect nobody knows."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class NobodySaidError(Exception):
    """Vinted's answer to the question who is signed in tells nothing of it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"Vinted answered {reply.status} when asked who is signed in.")
        self.reply = reply


class SignInError(Exception):
    """The username or the password is wrong."""


class _LostError(Exception):
    """The connection broke. No error of aiohttp's, which would send PUT and DELETE again."""


class Browser:
    """Use it as an async context manager; nothing in it is ever sent twice."""

    def __init__(self, site: str) -> None:
        self.site = URL(site).host_port_subcomponent or ""
        """Host and port."""
        self.seen = Seen(NO_TAB)
        self._origin = URL(site).origin()
        self._csrf_token = ""
        self._quiet_until = 0.0
        """No page is loaded before, by the steady clock."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # of an address without a name, too
            middlewares=(_once,),
            headers={"Accept-Language": "fr"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def sign_in(self, username: str, password: str) -> Seen:
        """By the form, as a person does; who is signed in then. SignInError when the site says no."""
        if (await self.look()).state in {NO_TAB, CHALLENGE}:
            return self.seen
        form = {"username": username, "password": password}
        try:
            reply = await self._page("POST", "/member/login", form)
        except SiteError as error:
            self.seen = Seen(NO_TAB, detail=str(error))
            return self.seen
        if reply.status == 401:
            raise SignInError(f"{self.site} knows no {username} with this password.")
        return await self.look()

    async def look(self) -> Seen:
        """Load the site's first page: who is signed in, and the token for writes.

        A page that tells nothing of it changes nothing, and none is loaded while Vinted wants quiet.
        """
        if time.monotonic() < self._quiet_until:
            return self.seen
        try:
            reply = await self._page("GET", "/")
        except SiteError as error:
            self.seen = Seen(NO_TAB, detail=str(error))
            return self.seen
        if reply.status == 429:
            self._quiet_until = time.monotonic() + _pause(reply)
        self.seen = self._shown_on(reply)
        return self.seen

    def _shown_on(self, reply: Reply) -> Seen:
        """What is known after this page."""
        if _asks_for_a_person(reply):
            return Seen(CHALLENGE, detail=f"The page asks for a person ({reply.status}).")
        if reply.status == 429 or reply.status >= 500:
            return self.seen
        page = _text(reply).replace('\\"', '"')
        self._csrf_token = _told(page, "CSRF_TOKEN")
        user_id, login = _told(page, "userId"), _told(page, "login")
        return Seen(READY, user_id, login) if user_id.isdecimal() else Seen(SIGNED_OUT)

    async def ask(self) -> Seen:
        """Ask Vinted itself who is signed in.

        SiteError when it does not answer, NobodySaidError when the answer does not say.
        """
        request = {"method": "GET", "path": "/api/v2/users/current", "headers": {}}
        reply = await self.send({**request, "json": None, "form": None}, b"", PAGE_SECONDS)
        self.seen = _who(reply)
        return self.seen

    async def send(self, request: Json, file: bytes, seconds: float) -> Reply:
        """One request of the page's own kind, once. SiteError when there is no whole answer."""
        headers = {"Accept": "application/json, text/plain, */*", **request["headers"]}
        headers["X-Anon-Id"] = self._cookie("anon_id")
        if request["method"] != "GET":
            headers["X-CSRF-Token"] = self._csrf_token
        data: Any = None
        if request["json"] is not None:
            data = json.dumps(request["json"]).encode()
            headers["Content-Type"] = "application/json"
        elif request["form"] is not None:
            data = _form(request["form"], file)
        address = URL(f"{self._origin}{request['path']}", encoded=True)
        return await self._fetch(request["method"], address, seconds, data=data, headers=headers)

    async def _page(self, method: str, path: str, form: dict[str, str] | None = None) -> Reply:
        return await self._fetch(method, self._origin.with_path(path), PAGE_SECONDS, data=form)

    async def _fetch(self, method: str, address: URL, seconds: float, **how: Any) -> Reply:
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method, address, allow_redirects=False, timeout=_ENDLESS, **how
                ) as response,
            ):
                body = await _body(response)
        except TimeoutError as error:
            raise SiteError("time", f"No answer within {seconds:g} s.") from error
        except (ClientError, _LostError, OSError) as error:
            raise SiteError("network", _words(error)) from error
        if body is None:
            raise SiteError("too_long", f"Status {response.status}, and a body without an end.")
        passed_on = {
            name: response.headers[name][:most]
            for name, most in (("content-type", 200), ("retry-after", 100))
            if name in response.headers
        }
        return Reply(response.status, passed_on, body)

    def _cookie(self, name: str) -> str:
        found = self._session.cookie_jar.filter_cookies(self._origin).get(name)
        return found.value if found is not None else ""


_ENDLESS = aiohttp.ClientTimeout(total=None)
"""Time is kept by `_fetch`, once for all phases of a request."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (ClientOSError, ServerDisconnectedError) as lost:
        raise _LostError(_words(lost)) from lost


async def _body(response: aiohttp.ClientResponse) -> bytes | None:
    """None when it is longer than the protocol can carry."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > LONGEST_BODY:
            return None
    return bytes(body)


def _form(form: Json, content: bytes) -> aiohttp.FormData:
    file = form["file"]
    data = aiohttp.FormData(form["fields"], default_to_multipart=True)
    data.add_field(file["field"], content, filename=file["name"], content_type=file["content_type"])
    return data


def _who(reply: Reply) -> Seen:
    """Who Vinted says is signed in; of an odd answer nothing is believed."""
    is_page = reply.body.lstrip()[:1] == b"<"
    if (is_page or reply.status >= 300) and _asks_for_a_person(reply):
        return Seen(CHALLENGE, detail="Vinted asks for a person.")
    # A page, or the way to one, is what a visitor gets whose session has ended.
    is_sent_away = 300 <= reply.status < 400 or (is_page and reply.status < 300)
    if is_sent_away or reply.status in {401, 403}:
        return Seen(SIGNED_OUT, detail=f"Vinted answered {reply.status}.")
    if reply.status >= 400:
        raise NobodySaidError(reply)
    try:
        user = json.loads(reply.body)["user"]
        login, user_id = user.get("login"), str(user.get("id"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NobodySaidError(reply) from None
    if not login or not user_id.isdecimal():
        return Seen(SIGNED_OUT, detail="Vinted knows nobody here.")
    return Seen(READY, user_id, str(login))


def _asks_for_a_person(reply: Reply) -> bool:
    return reply.status < 500 and _CAPTCHA.search(_text(reply)) is not None


def _text(reply: Reply) -> str:
    return reply.body.decode(errors="replace")


def _pause(reply: Reply) -> float:
    """The seconds for which Vinted, which asked to slow down, is left alone."""
    said = str(reply.headers.get("retry-after", ""))
    return min(float(said), LONGEST_QUIET_SECONDS) if said.isdecimal() else QUIET_SECONDS


def _told(page: str, name: str) -> str:
    """What the page's script has under this name; empty if nothing."""
    found = re.search(rf'"{name}":"([^"]+)"', page)
    return found[1] if found else ""


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
