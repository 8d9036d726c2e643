"""The web site as a browser sees it: plain pages, with the data that Vinted's own scripts use."""

import json
import uuid
from html import escape
from typing import Any
from urllib.parse import parse_qs

from marketplaces.sandbox.messages import Answer, Call, Handler
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import challenge, items, sellers, sessions
from marketplaces.sandbox.vinted.settings import settings_of

Json = dict[str, Any]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; background: #f4f4f2; color: #222; margin: 0; }}
main {{ max-width: 40rem; margin: 3rem auto; padding: 2rem; background: #fff; border-radius: 8px; }}
h1 {{ font-size: 1.4rem; margin-top: 0; }}
label {{ display: block; padding: .25rem 0; }}
input {{ font: inherit; padding: .3rem .5rem; width: 60%; }}
button {{ font: inherit; padding: .6rem 1.4rem; border-radius: 6px; border: 1px solid #007782;
  background: #007782; color: #fff; }}
iframe {{ border: 1px solid #888; width: 100%; height: 12rem; }}
small {{ color: #666; }}
</style>
<script>{script}</script>
</head>
<body><main>
{content}
<p><small>This is Vinted of the sandbox. No real account is touched.</small></p>
</main></body>
</html>
"""

_LOGIN = """<h1>Log in to Vinted</h1>
{mistake}<form method="post" action="/member/login">
<label>Username <input type="text" name="username" autocomplete="username" required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required>
</label>
<button type="submit">Log in</button>
</form>"""

CAPTCHA = "/captcha/datadome"


def _page(handler: Handler) -> Handler:
    """A page for people, who may first have to prove to be some."""

    def serve(state: State, call: Call) -> Answer:
        if challenge.stands(state):
            return _answer(state, call, "Vinted", _CHALLENGE, status=403)
        return handler(state, call)

    return serve


_CHALLENGE = f"""<h1>Please verify you are human</h1>
<iframe id="datadome-captcha" title="captcha" src="{CAPTCHA}"></iframe>"""


def _home(state: State, call: Call) -> Answer:
    session = sessions.of(state, call)
    if session is None:
        content = '<h1>Vinted</h1>\n<p><a href="/member/login">Log in</a></p>'
        return _answer(state, call, "Vinted", content)
    call.seller = session["username"]
    seller = sellers.known(state, call.seller)
    rows = "".join(
        f'<li><a href="/items/{each["id"]}">{escape(each["title"])}</a> {items.word(each)}</li>\n'
        for each in items.of_seller(state, call.seller)
    )
    content = (
        f'<h1>Vinted</h1>\n<p>Logged in as <b id="login">{escape(call.seller)}</b>, '
        f'member {seller["user_id"]}. <a href="/member/logout">Log out</a></p>\n<ul>\n{rows}</ul>'
    )
    return _answer(state, call, "Vinted", content)


def _ask(state: State, call: Call) -> Answer:
    return _answer(state, call, "Log in | Vinted", _LOGIN.format(mistake=""))


def _login(state: State, call: Call) -> Answer:
    fields = parse_qs(call.body.decode(errors="replace"))
    username, password = (fields.get(name, [""])[0] for name in ("username", "password"))
    seller = sellers.find(state, username)
    if seller is None or seller["password"] != password:
        mistake = '<p role="alert">The username or the password is wrong.</p>\n'
        content = _LOGIN.format(mistake=mistake)
        return _answer(state, call, "Log in | Vinted", content, status=401)
    call.seller = username
    return _home_again(sessions.begin(state, username))


def _logout(state: State, call: Call) -> Answer:
    return _home_again(sessions.end(state, call))


def _item(state: State, call: Call) -> Answer:
    """As buyers see it; the address may have the title behind the number."""
    item = items.seen(state, call.params["item_id"].partition("-")[0])
    if item is None or not items.is_public(item):
        content = "<h1>The page doesn't exist</h1>"
        return _answer(state, call, "Vinted", content, status=404)
    sold = "<p>Sold</p>" if item["is_closed"] else ""
    content = (
        f"<h1>{escape(item['title'])}</h1>\n<p>{item['price']} {item['currency']}</p>\n{sold}"
        f"<p>{escape(item['description'])}</p>\n<p>{len(item['photo_ids'])} photos</p>"
    )
    return _answer(state, call, f"{item['title']} | Vinted", content)


def captcha(state: State, call: Call) -> Answer:
    """What the protection's frame shows."""
    content = (
        f'<form method="post" action="{CAPTCHA}" target="_top">\n'
        "<button>I am human</button>\n</form>"
    )
    return _answer(state, call, "DataDome", content)


def solve(state: State, _call: Call) -> Answer:
    challenge.lift(state)
    return _home_again("")


def _home_again(cookie: str) -> Answer:
    headers = {"Location": "/"} | ({"Set-Cookie": cookie} if cookie else {})
    return Answer(status=302, page="<p>Going home.</p>", headers=headers)


def _answer(state: State, call: Call, title: str, content: str, *, status: int = 200) -> Answer:
    is_new = not sessions.cookie(call, sessions.ANON_ID)
    headers = {"Set-Cookie": sessions.new_anon_id()} if is_new else {}
    page = _PAGE.format(title=escape(title), content=content, script=_script(state, call))
    return Answer(status=status, page=page, headers={**headers, "Cache-Control": "no-store"})


def _script(state: State, call: Call) -> str:
    """The data that the page hands to its scripts; of a visitor it knows nobody."""
    session = sessions.of(state, call)
    data: Json = {"CSRF_TOKEN": str(uuid.uuid4())}
    if session is not None:
        seller = sellers.known(state, session["username"])
        data = {
            "CSRF_TOKEN": session["csrf_token"],
            "userId": str(seller["user_id"]),
            "login": session["username"],
        }
    text = json.dumps(data, separators=(",", ":"))
    if settings_of(state).escaped_page_data:
        text = json.dumps(text)
    pushed = text.replace("<", "\\u003c")
    return f"(self.__next_f = self.__next_f || []).push([1, {pushed}])"


home, ask, login, logout, item = map(_page, (_home, _ask, _login, _logout, _item))
