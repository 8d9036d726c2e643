"""Errors are pages: what happened, what to do next, and nothing that strangers should not know."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from stoflow import error_pages
from stoflow.tenants.models import Tenant
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of

LIST_OF_SELLERS = 'href="/admin/"'


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_a_page_that_is_not_there_says_so_and_leads_on(superuser: Browser, root: str) -> None:
    answer = superuser.get(f"{root}no/such/page/")
    page = text_of(answer)
    assert answer.status_code == 404
    assert "There is nothing at this address" in page
    assert LIST_OF_SELLERS in page
    assert (f'href="{TENANT}"' in page) is (root == TENANT)


def test_a_page_that_is_not_permitted_says_so_and_leads_on(viewer: Browser) -> None:
    answer = viewer.get(f"{TENANT}marketplaces/product/add/")
    assert answer.status_code == 403
    assert "You may not do this" in text_of(answer)
    assert f'href="{TENANT}"' in text_of(answer)


def test_sending_to_a_page_that_only_shows_is_answered_by_a_page_too(superuser: Browser) -> None:
    answer = superuser.post(f"{TENANT}tasks/marketplacejob/export/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This address cannot be asked in this way" in text_of(answer)
    assert f'href="{TENANT}"' in text_of(answer)


def test_a_seller_that_is_not_mine_looks_like_one_that_is_not_there(
    stranger: Browser, nobody: Browser, tenant: Tenant
) -> None:
    mine, missing = stranger.get(TENANT), stranger.get("/t/nobody/admin/")
    assert text_of(mine) == text_of(missing)
    assert mine.status_code == missing.status_code == 404
    assert tenant.name not in text_of(mine)


def test_a_fault_of_ours_is_a_page_without_help_of_the_database(superuser: Browser) -> None:
    request = RequestFactory().get("/")
    with CaptureQueriesContext(connection) as queries:
        answer = error_pages.server_error(request)
    assert (answer.status_code, len(queries)) == (500, 0)
    assert "Something went wrong here" in text_of(answer)
    assert LIST_OF_SELLERS in text_of(answer)


def test_a_fault_inside_a_tenant_is_that_page(
    superuser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("tasks.admin.job_list.jobs_matching", fail)
    superuser.client.raise_request_exception = False
    answer = superuser.get(f"{TENANT}tasks/marketplacejob/", q="x")
    assert answer.status_code == 500
    assert "Something went wrong here" in text_of(answer)
    assert "secret detail" not in text_of(answer)


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_a_form_out_of_date_says_how_to_go_on(superuser: Browser, root: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = superuser.client.cookies
    superuser.client = strict
    answer = superuser.post(f"{root}logout/")
    assert answer.status_code == 403
    assert "Go back, reload the page" in text_of(answer)


def test_a_session_that_has_ended_leads_to_the_sign_in_and_back(nobody: Browser) -> None:
    answer = nobody.get(f"{TENANT}tasks/marketplacejob/", status__exact="FAILED")
    login = answer["Location"]
    assert login.startswith(f"{PUBLIC}login/?next={TENANT}tasks/marketplacejob/")
    assert "your session has ended" in text_of(nobody.get(login))
    assert "your session has ended" not in text_of(nobody.get(f"{PUBLIC}login/?next={TENANT}"))


def test_error_pages_run_no_script_of_their_own(superuser: Browser) -> None:
    page = text_of(superuser.get(f"{PUBLIC}no/such/page/"))
    assert "<script>" not in page
    assert " style=" not in page
