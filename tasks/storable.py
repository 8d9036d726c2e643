"""What others send us, as PostgreSQL can store it.

It takes no NUL and no half of a surrogate pair, in text and jsonb alike, and an answer of a
marketplace may hold both: the sign for what cannot be shown stands in their place.
"""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_ESCAPES = re.compile(
    r"\\u0000|\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f]|d[89a-f])[0-9a-f]{2}|\\[^u]", re.IGNORECASE
)
"""In JSON of ASCII signs: the unfit, whole pairs, and others, whose backslash may be escaped."""
_PAIR = len(r"\ud83d\ude00")


def text(value: str) -> str:
    return _UNFIT.sub("\ufffd", value)


def json_text(value: str) -> str:
    """`value`: JSON in which all but ASCII is escaped, as `json` writes it unless told."""
    return _ESCAPES.sub(_fit, value)


def _fit(escape: re.Match[str]) -> str:
    found = escape[0]
    is_fit = len(found) == _PAIR or found[1] != "u"
    return found if is_fit else r"\ufffd"
