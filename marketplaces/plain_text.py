"""A seller's HTML as plain text, for marketplaces that take no HTML. Pure."""

from __future__ import annotations

import html
import re

import nh3

_BREAK = re.compile(
    r"<br\s*/?>|</(?:p|div|h[1-6]|section|article|blockquote|tr|ul|ol)\s*>", re.IGNORECASE
)
_ITEM = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
_ITEM_END = re.compile(r"</li\s*>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")


def plain_text(description: str) -> str:
    """The words of HTML, a line for a line and a dash for a bullet."""
    marked = _ITEM_END.sub("\n", _ITEM.sub("\n- ", _BREAK.sub("\n\n", _one_line(description))))
    text = html.unescape(nh3.clean(marked, tags=set()))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _one_line(text: str) -> str:
    """HTML's line ends are spaces; text without any tag keeps its own."""
    return " ".join(text.split()) if "<" in text else text
