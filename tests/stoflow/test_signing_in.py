"""One place to sign in, and where one lands afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse

from stoflow.tenants.models import Tenant
from tests.tasks.admin.conftest import Browser, let_in, text_of

LOGIN = "/admin/login/"


@pytest.fixture
def mia(tenant: Tenant) -> User:
    user = User.objects.create_user("mia", password="a long one")
    let_in(user, tenant)
    return user


@pytest.fixture
def browser(tenant: Tenant) -> Browser:
    return Browser(None, tenant)


def sign_in(browser: Browser, path: str = LOGIN, **more: Any) -> HttpResponse:
    return browser.post(path, username="mia", password="a long one", **more)


def test_a_member_signs_in_without_being_marked_as_staff(mia: User, browser: Browser) -> None:
    assert not mia.is_staff
    assert sign_in(browser)["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_who_is_no_member_and_no_staff_is_not_let_in(mia: User, browser: Browser) -> None:
    mia.memberships.all().delete()
    assert "You are not a member of any seller yet" in text_of(sign_in(browser))


def test_who_is_not_active_is_not_let_in(mia: User, browser: Browser) -> None:
    User.objects.update(is_active=False)
    assert "Please enter the correct" in text_of(sign_in(browser))


def test_signing_in_leads_to_what_was_asked_for(mia: User, browser: Browser) -> None:
    asked = "/t/t1/admin/tasks/marketplacejob/?q=lamp&status__exact=FAILED"
    login = browser.get(asked)["Location"]
    assert login.startswith(LOGIN)
    assert 'name="username"' in text_of(browser.get(login))
    assert sign_in(browser, login)["Location"] == asked


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"]
)
def test_signing_in_leads_nowhere_else(mia: User, browser: Browser, elsewhere: str) -> None:
    assert sign_in(browser, next=elsewhere)["Location"] == "/admin/"


def test_a_seller_s_own_sign_in_page_is_the_one_of_all(mia: User, browser: Browser) -> None:
    assert browser.get("/t/t1/admin/login/")["Location"].startswith(LOGIN)
    sign_in(browser)
    assert browser.get("/t/t1/admin/login/")["Location"] == "/t/t1/admin/"
