"""Small pieces of HTML that cells of lists and tables share."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def two_lines(first: str, second: str) -> SafeString:
    """A fact, and under it in small print what belongs to it."""
    small = format_html("<small>{}</small>", second) if second else ""
    return format_html('<span class="row-two">{}{}</span>', first, small)


def outside_link(url: str, text: str) -> SafeString | str:
    """A link out of StoFlow, in a new tab, that tells the other side nothing; "" for no http(s)."""
    if not url.startswith(("https://", "http://")):
        return ""
    return format_html(
        '<a class="list-link" href="{}" target="_blank" rel="noopener noreferrer">{}'
        '<span class="list-hidden"> ({})</span></a>',
        url,
        text,
        _("opens in a new tab"),
    )
