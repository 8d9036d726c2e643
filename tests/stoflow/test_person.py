"""Each person reads in their own language, and times in their own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from stoflow.person import TIME_ZONE_COOKIE, TimeZoneMiddleware
from stoflow.tenants.models import Tenant
from tasks.moments import exact
from tests.tasks.admin.conftest import Browser, nobody, staff, text_of

__all__ = ["nobody"]

TENANT, PUBLIC = "/t/t1/admin/", "/admin/"


@pytest.fixture
def mia(tenant: Tenant) -> Browser:
    return Browser(staff("mia", tenant), tenant)


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_a_person_chooses_a_language_for_every_page_and_comes_back_to_theirs(
    mia: Browser, root: str
) -> None:
    page = text_of(mia.get(root))
    assert '<html lang="en"' in page
    assert re.search(r'<button type="submit" lang="fr"', page)
    answer = mia.post(f"{root}language/", language="fr", next=f"{root}?q=1")
    assert (answer.status_code, answer["Location"]) == (302, f"{root}?q=1")
    for other in (TENANT, PUBLIC):
        assert '<html lang="fr"' in text_of(mia.get(other))
    assert translation.get_language() == "en"


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_choosing_a_language_leads_to_no_other_site(mia: Browser, root: str, there: str) -> None:
    answer = mia.post(f"{root}language/", language="fr", next=there)
    assert answer["Location"] == "/"


def test_a_language_that_there_is_not_changes_nothing(mia: Browser) -> None:
    mia.post(f"{PUBLIC}language/", language="xx", next=PUBLIC)
    assert '<html lang="en"' in text_of(mia.get(PUBLIC))


def test_who_has_not_chosen_gets_the_browsers_language(nobody: Browser) -> None:
    nobody.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr-CA,fr;q=0.9,en;q=0.5"
    assert '<html lang="fr"' in text_of(nobody.get(f"{PUBLIC}login/"))


def shown(cookie: str | None) -> str:
    """A moment as a page shows it to somebody whose browser sends this cookie."""

    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(exact(datetime(2026, 7, 1, 10, 0, 5, tzinfo=UTC)))

    request = RequestFactory().get("/")
    if cookie is not None:
        request.COOKIES[TIME_ZONE_COOKIE] = cookie
    return text_of(TimeZoneMiddleware(page)(request))


def test_times_are_shown_in_the_zone_of_the_persons_browser() -> None:
    assert shown("Europe/Paris").endswith("12:00:05 CEST")
    assert shown("America/New_York").endswith("06:00:05 EDT")


def test_the_zone_of_one_request_does_not_reach_the_next() -> None:
    shown("Europe/Paris")
    assert timezone.get_current_timezone_name() == "UTC"
    assert shown(None).endswith("10:00:05 UTC")


@pytest.mark.parametrize(
    "cookie", ["", "Europe", "Mars/Base", "../../etc/passwd", "/etc/localtime", "a" * 5000, "\x00"]
)
def test_an_odd_zone_is_no_zone(cookie: str) -> None:
    assert shown(cookie).endswith("10:00:05 UTC")


def test_a_zone_does_not_stay_when_the_page_fails() -> None:
    def broken(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    request = RequestFactory().get("/")
    request.COOKIES[TIME_ZONE_COOKIE] = "Europe/Paris"
    with pytest.raises(RuntimeError):
        TimeZoneMiddleware(broken)(request)
    assert timezone.get_current_timezone_name() == "UTC"


def test_every_page_tells_the_server_the_browsers_zone(mia: Browser, nobody: Browser) -> None:
    assert "tasks/time_zone.js" in text_of(mia.get(TENANT))
    assert "tasks/time_zone.js" in text_of(nobody.get(f"{PUBLIC}login/"))
