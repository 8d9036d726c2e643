"""The front page of a seller who has nothing yet."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import MANAGER, SUPPORT, VIEWER
from tasks import requests
from tests.tasks.admin.conftest import TENANT, Browser, let_in, text_of

STEP = re.compile(
    r'<li class="first-step"( aria-current="step")?>.*?<a href="([^"]+)">([^<]+)</a>\s*'
    r"<small>(.*?)</small>",
    re.DOTALL,
)
OTHERS = "Somebody with another role does this."


def visitor(tenant: Tenant, role: str) -> Browser:
    user = User.objects.create_user(role, is_staff=True)
    let_in(user, tenant, role)
    return Browser(user, tenant)


def steps(browser: Browser) -> list[tuple[bool, str, str, str]]:
    """Of each step whether it is the next one, its link, its title and its text."""
    page = text_of(browser.get(TENANT))
    return [(bool(current), *rest) for current, *rest in STEP.findall(page)]


def test_a_manager_is_led_from_the_shop_over_the_catalogue_to_publishing(tenant: Tenant) -> None:
    manager = visitor(tenant, MANAGER)
    pages = [f"{TENANT}marketplaces/{page}/" for page in ("account", "product/import", "product")]
    assert [step[1] for step in steps(manager)] == pages
    assert [step[0] for step in steps(manager)] == [True, False, False]
    account = Account.objects.create(marketplace="toy", name="Toy shop")
    assert [step[0] for step in steps(manager)] == [False, True, False]
    product = Product.objects.create(sku="S1", title="Mug")
    assert [step[0] for step in steps(manager)] == [False, False, True]
    assert ["Done." in step[3] for step in steps(manager)] == [True, True, False]
    assert not any(OTHERS in step[3] for step in steps(manager))
    requests.start_batch(account, "publish", [product], name="One")
    assert steps(manager) == []


@pytest.mark.parametrize(
    ("role", "others"), [(SUPPORT, [True, True, False]), (VIEWER, [True, True, True])]
)
def test_what_another_role_does_says_so(tenant: Tenant, role: str, others: list[bool]) -> None:
    shown = steps(visitor(tenant, role))
    assert [OTHERS in step[3] for step in shown] == others
    assert shown[1][1] == f"{TENANT}marketplaces/product/"
