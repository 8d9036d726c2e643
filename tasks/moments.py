"""Times as a person reads them: how long ago, with the exact moment on hover."""

from __future__ import annotations

from datetime import datetime

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString


def moment(at: datetime | None) -> SafeString | str:
    """“3 minutes ago”, exact to the second in the person's time zone on hover; "" for None."""
    if at is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), naturaltime(at)
    )


def exact(at: datetime) -> str:
    """The moment to the second, with the name of the time zone."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M:%S %Z}"
