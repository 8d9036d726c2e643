"""The sidebar: what is used every day first, and only what the person may open here."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, Permission, User

from stoflow.tenants.models import Tenant
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, let_in, text_of
from tests.tasks.conftest import Bench


def entries(browser: Browser, root: str) -> list[str]:
    page = text_of(browser.get(root))
    sidebar = page[page.index('id="nav-sidebar-apps"') :]
    return re.findall(rf'href="{root}(\w+/\w+)/"', sidebar[: sidebar.index('id="main"')])


def test_inside_a_tenant_the_day_s_work_comes_first(bench: Bench, viewer: Browser) -> None:
    found = entries(viewer, TENANT)
    assert found[:2] == ["tasks/batchjob", "tasks/marketplacejob"]
    names = ("product", "listing", "unmatchedlisting", "order", "sale", "account")
    order = [f"marketplaces/{name}" for name in names]
    assert [entry for entry in found if entry.startswith("marketplaces/")] == order
    assert not [entry for entry in found if entry.startswith(("auth/", "django_q/"))]


def test_on_the_installation_s_pages_sellers_come_before_the_machinery(
    superuser: Browser,
) -> None:
    found = entries(superuser, PUBLIC)
    assert found[0] == "tenants/tenant"
    assert found.index("auth/user") < found.index("django_q/failure")
    assert not [entry for entry in found if entry.startswith(("tasks/", "marketplaces/"))]


def test_every_entry_opens(bench: Bench, superuser: Browser, viewer: Browser) -> None:
    for browser, root in ((superuser, TENANT), (viewer, TENANT), (superuser, PUBLIC)):
        for entry in entries(browser, root):
            assert browser.get(f"{root}{entry}/").status_code == 200, entry


def test_who_may_see_one_thing_is_shown_one_thing(bench: Bench, tenant: Tenant) -> None:
    looker = Group.objects.create(name="Looker")
    looker.permissions.add(Permission.objects.get(codename="view_product"))
    user = User.objects.create_user("new", is_staff=True)
    let_in(user, tenant, "Looker")
    assert entries(Browser(user, tenant), TENANT) == ["marketplaces/product"]


def test_a_search_in_one_tenant_leads_nobody_into_another(
    bench: Bench, superuser: Browser, other_tenant: Tenant
) -> None:
    for schema in ("t1", "t2"):
        page = text_of(superuser.get(f"/t/{schema}/admin/search/", s="jobs"))
        assert f"/t/{schema}/admin/tasks/marketplacejob/" in page


@pytest.mark.parametrize("page", ["x", "0", "-1", "9" * 40, "²", ""])
def test_a_search_s_page_that_does_not_exist_is_not_found(superuser: Browser, page: str) -> None:
    for root in (PUBLIC, TENANT):
        answer = superuser.get(f"{root}search/", s="job", page=page)
        assert answer.status_code == 404
    assert superuser.get(f"{PUBLIC}search/", page="1").status_code == 200
