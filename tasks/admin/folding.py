"""Long things behind a click: tracebacks, receipts, evidence."""

from __future__ import annotations

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

_PRE = "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.75rem; max-width: 60rem"


def folded(title: str, text: str) -> SafeString | str:
    """`text` as it is, shown once `title` is clicked; nothing when there is none."""
    if not text:
        return ""
    return format_html(
        '<details><summary style="cursor: pointer">{}</summary><pre style="{}">{}</pre></details>',
        title,
        _PRE,
        text,
    )


def folded_json(title: str, value: Any) -> SafeString | str:
    """A JSON value, indented; nothing when it is empty."""
    if value in (None, {}, []):
        return ""
    return folded(title, json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))
