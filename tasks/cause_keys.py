"""Which failures have the same cause: what varies in a message is left out, the rest is the cause.

Pure. Two hundred refusals that differ in their SKUs, prices and dates are one cause to whoever has
to put it right; two different sentences are two.
"""

from __future__ import annotations

import re
from hashlib import blake2b

GAP = "…"
"""Stands in a pattern for whatever differs from job to job."""
LONGEST_MESSAGE = 1_000
LONGEST_PATTERN = 400
LONGEST_ERROR_CLASS = 100

_ERRORS_THAT_QUOTE_CODE = frozenset(
    {
        "AttributeError",
        "DataError",
        "ImportError",
        "IntegrityError",
        "KeyError",
        "ModuleNotFoundError",
        "NameError",
        "OperationalError",
        "ProgrammingError",
        "TypeError",
        "UnboundLocalError",
    }
)
"""What these quote is a name in the program or the database, so it tells causes apart."""

# The numbers by which errors are known: “status 503”, “[Errno 111]”, “the marketplace's number 25005”.
_CODE = re.compile(
    r"\b(?:status|errno|exit|sqlstate|error)(?:[ -]code)?[\s:=#]{0,2}\d{1,6}\b|['\u2019]s number \d{1,6}\b",
    re.IGNORECASE,
)
_HIDDEN = {ord("0") + digit: 0xE000 + digit for digit in range(10)}
_SHOWN = {hidden: digit for digit, hidden in _HIDDEN.items()}

_QUOTED = re.compile(
    r"“[^“”]{0,500}”|„[^“”]{0,500}[“”]|«[^«»]{0,500}»|\u2018[^\u2018\u2019]{0,500}\u2019|`[^`]{0,500}`"
    r"|\"[^\"]{0,500}\"|(?<!\w)'[^'\n]{0,500}'(?!\w)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_.]*")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_VARYING = (
    re.compile(r"\b[a-z][a-z+]{1,9}://[^\s<>\"“”;)]+", re.IGNORECASE),
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"),
    re.compile(r"(?<![\w/.])(?:/[\w.@+-]{1,255}){2,}"),
    re.compile(
        r"\b[\w-]{1,255}\.(?:avif|bmp|csv|gif|heic|heif|jpe?g|png|tiff?|webp)\b", re.IGNORECASE
    ),
    re.compile(r"(?:(?<=\bsku: )|(?<=\bsku=)|(?<=\bid: )|(?<=\bid=))[^\s,;()]+", re.IGNORECASE),
    re.compile(
        rf"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}}\.?,?(?=\s+(?:\d|{_MONTH}\s+\d))",
        re.IGNORECASE,
    ),
    re.compile(rf"\b\d{{1,2}}\s+{_MONTH}(?![a-z])|\b{_MONTH}\s+(?=\d{{1,2}}\b)", re.IGNORECASE),
    re.compile(r"\b[A-Z]+(?:-[A-Z]+)+\b"),
    # Numbers, and every word with a figure in it: ids, SKUs, prices, times, sizes.
    re.compile(
        r"[€$£¥]?[^\s()\[\]{}<>,;…]*\d[^\s()\[\]{}<>,;…]*?(?=[.:!?]*(?:[\s()\[\]{}<>,;…]|$))"
    ),
)
_GAPS = re.compile(rf"{GAP}(?:(?:[\s,.:/x\u00d7*+&-]|\band\b|\bor\b)*{GAP})+")
_BREAK = re.compile(r"(: |; |\. |\n+)")


def pattern_of(message: str, error_class: str = "") -> str:
    """The message with a gap for all that differs from job to job, and nothing said twice."""
    text = _CODE.sub(lambda found: found[0].translate(_HIDDEN), message[:LONGEST_MESSAGE])
    keeps_names = error_class in _ERRORS_THAT_QUOTE_CODE
    text = _QUOTED.sub(lambda found: _unquoted(found[0], keeps_names=keeps_names), text)
    for varying in _VARYING:
        text = varying.sub(GAP, text)
    text = _said_once(_GAPS.sub(GAP, text)).translate(_SHOWN)
    return " ".join(text.split())[:LONGEST_PATTERN] or GAP


def key_of(marketplace: str, action: str, step: str, error_class: str, message: str) -> str:
    """The same for every failure with the same cause, in every run of the program."""
    error_class = error_class[:LONGEST_ERROR_CLASS]
    pattern = pattern_of(message, error_class).casefold()
    told = "\x1f".join((marketplace, action, step, error_class, pattern))
    return blake2b(told.encode(errors="replace"), digest_size=16).hexdigest()


def _unquoted(quoted: str, *, keeps_names: bool) -> str:
    return quoted if keeps_names and _NAME.fullmatch(quoted[1:-1]) else GAP


def _said_once(text: str) -> str:
    """Without the clauses that are there already: three bad photos are the cause that one is."""
    parts = _BREAK.split(text)
    seen: set[str] = set()
    said = ""
    for clause, ending in zip(parts[::2], [*parts[1::2], ""], strict=True):
        words = clause.strip().rstrip(".").casefold()
        if words and words not in seen:
            said += clause + ending
        seen.add(words)
    return said.rstrip(" \n.;:")
