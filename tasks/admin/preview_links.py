"""Links to the page that tells what an action would do before it does it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

PREVIEW = "admin:tasks_marketplacejob_actions_preview"


def preview_url(do: str, **chosen: int | str) -> str:
    """The preview of doing `do` to the jobs that these filters of the job list choose."""
    return f"{reverse(PREVIEW)}?{urlencode({'do': do, **chosen})}"
