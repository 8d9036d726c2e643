"""Links to the page that tells what an action would do before it does it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

PREVIEW = "admin:tasks_action_preview"


def preview_url(do: str, **chosen: object) -> str:
    """The preview of doing `do` to the chosen jobs; "" where this installation has no such page."""
    try:
        page = reverse(PREVIEW)
    except NoReverseMatch:
        return ""
    return f"{page}?{urlencode({'do': do, **chosen})}"
