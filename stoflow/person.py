"""What a page takes over from the person who reads it: their language, their time zone.

Neither reaches the next request of the same thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation

TIME_ZONE_COOKIE = "time_zone"
"""Set by tasks/time_zone.js; its name stands there too."""

GetResponse = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware(LocaleMiddleware):
    """The language that the person chose, else the browser's; Django's own leaves it behind."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(translation.get_language()):
            return cast("HttpResponseBase", super().__call__(request))


class TimeZoneMiddleware:
    """Shows times in the browser's zone; without a known one, in settings.TIME_ZONE."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(TIME_ZONE_COOKIE, "")
        # Only names of the list: ZoneInfo would open a file of whatever name it is given.
        known = name in _known_zones()
        with timezone.override(ZoneInfo(name)) if known else nullcontext():
            return self.get_response(request)


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
