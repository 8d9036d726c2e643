"""The page on which a seller lets an application in, as every marketplace has one.

It works without scripts: two buttons of one form, which posts back to the page's own address what
it was asked with. What a marketplace checks, and where it sends the browser, is its own affair.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from marketplaces.sandbox.messages import Answer

ALLOW = "allow"
DENY = "deny"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; background: #f4f4f2; color: #222; margin: 0; }}
main {{ max-width: 30rem; margin: 3rem auto; padding: 2rem; background: #fff; border-radius: 8px; }}
h1 {{ font-size: 1.4rem; margin-top: 0; }}
fieldset {{ border: 1px solid #ccc; border-radius: 6px; margin: 1rem 0; }}
label {{ display: block; padding: .25rem 0; }}
input[type=text] {{ font: inherit; padding: .3rem .5rem; width: 60%; }}
button {{ font: inherit; padding: .6rem 1.4rem; border-radius: 6px; border: 1px solid #888; }}
button[value=allow] {{ background: {colour}; border-color: {colour}; color: #fff; }}
small {{ color: #666; }}
</style>
</head>
<body><main>
{content}
<p><small>This is {vendor} of the sandbox. No real account is touched.</small></p>
</main></body>
</html>
"""


@dataclass(frozen=True, kw_only=True)
class ConsentPage:
    """What a marketplace fills in."""

    vendor: str
    """The marketplace's name as sellers know it."""
    colour: str
    """CSS, of the button that allows."""
    application: str
    scopes: Sequence[str]
    sellers: Sequence[str]
    """Usernames to sign in as; a new one can always be written."""
    request: Mapping[str, str]
    """The query of the page, sent along with the decision."""

    def answer(self) -> Answer:
        title = f"{self.vendor}: connect {self.application}"
        scopes = "".join(f"<li><code>{escape(each)}</code></li>" for each in self.scopes)
        content = (
            f"<h1>{escape(self.application)} would like to use your {escape(self.vendor)} account"
            f"</h1>\n<p>It asks for:</p>\n<ul>{scopes}</ul>\n"
            f'<form method="post">\n{self._request()}{self._sellers()}'
            f'<button type="submit" name="decision" value="{ALLOW}">Allow access</button>\n'
            f'<button type="submit" name="decision" value="{DENY}">Deny</button>\n</form>'
        )
        return _page(self.vendor, title, content, status=200, colour=self.colour)

    def _request(self) -> str:
        return "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
            for name, value in self.request.items()
        )

    def _sellers(self) -> str:
        choices = "".join(
            f'<label><input type="radio" name="seller" value="{escape(name)}"'
            f"{' checked' if number == 0 else ''}> {escape(name)}</label>\n"
            for number, name in enumerate(self.sellers)
        )
        return (
            f"<fieldset><legend>Sign in as</legend>\n{choices}"
            '<label>or a new seller: <input type="text" name="new_seller"></label></fieldset>\n'
        )


@dataclass(frozen=True)
class Decision:
    """What came back from the form."""

    request: Mapping[str, str]
    allowed: bool
    seller: str
    """The username; empty if none was chosen or written."""


def decision(body: bytes) -> Decision:
    fields = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    word, chosen = fields.pop("decision", ""), fields.pop("seller", "")
    written = fields.pop("new_seller", "").strip()
    return Decision(request=fields, allowed=word == ALLOW, seller=written or chosen)


def back_to(address: str, parameters: Iterable[tuple[str, str]]) -> Answer:
    """Send the browser to the application, whose address keeps the query it has."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters])
    location = urlunsplit(parts._replace(query=query))
    return Answer(
        status=302, page="<p>Going back to the application.</p>", headers={"Location": location}
    )


def refusal_page(vendor: str, reason: str) -> Answer:
    """For a request that can't be answered by a redirect, as its address can't be trusted."""
    content = f"<h1>An error occurred</h1>\n<p>{escape(reason)}</p>"
    return _page(vendor, f"{vendor}: an error occurred", content, status=400, colour="#888")


def _page(vendor: str, title: str, content: str, *, status: int, colour: str) -> Answer:
    page = _PAGE.format(title=escape(title), content=content, vendor=escape(vendor), colour=colour)
    return Answer(status=status, page=page)
