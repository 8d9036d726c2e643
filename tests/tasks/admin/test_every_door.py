"""Every URL, in every place, for every kind of visitor."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.utils import timezone
from pytest_django.fixtures import Settings

from marketplaces.models import Account
from marketplaces.vinted.plugin import tokens
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import MANAGER, SUPPORT, VIEWER
from tasks import requests, tenancy
from tests.marketplaces.admin.plugin_pages import call_of, plugin_of
from tests.tasks.admin import walk
from tests.tasks.admin.conftest import Browser, let_in
from tests.tasks.conftest import Bench

pytestmark = pytest.mark.slow  # every page by everybody takes minutes

Visitors = Callable[[str], Browser]
Walked = Callable[[str, str], walk.Walk]


@pytest.fixture
def everything(shop: Bench, tenant: Tenant, settings: Settings) -> Bench:
    """One row of every registered model, and an account whose browser is there."""
    settings.VINTED = {**settings.VINTED, "plugin_url": "wss://plugin.example"}
    marie = Account.objects.create(marketplace="vinted", name="Marie", shop_id="4711")
    tokens.issue(marie, by="sam")
    call_of(marie)
    plugin_of(marie)
    requests.start_batch(shop.account, "publish", [shop.product()], name="One")
    now = timezone.now()
    wake_up = {"id": "1", "name": "w", "func": "f", "started": now, "stopped": now}
    apps.get_model("django_q", "Failure").objects.create(**wake_up, success=False)
    apps.get_model("django_q", "OrmQ").objects.create(key="stoflow", payload="", lock=now)
    let_in(User.objects.create_user("colleague"), tenant)
    return shop


def test_the_pages_of_a_browser_are_walked_through(walked: Walked) -> None:
    seen = {visit.door.name for visit in walked(MANAGER, "t1").visits
            if visit.status == 200 and walk.OF_A_BROWSER in visit.path}  # fmt: skip
    pages = {"browser", "calls", "code", "revoke", "member"}
    assert seen == {f"admin:marketplaces_account_{page}" for page in pages}


def test_there_is_a_row_of_every_registered_model(everything: Bench) -> None:
    assert [m for m in admin.site._registry if not m._base_manager.exists()] == []


@pytest.fixture
def visitors(everything: Bench, tenant: Tenant, other_tenant: Tenant) -> Visitors:
    """Signs somebody in; "member of t2" may do everything there, "powerless" nothing in t1."""

    def visitor(who: str) -> Browser:
        if who == "signed out":
            return Browser(None, tenant)
        if who == "superuser":
            return Browser(User.objects.create_superuser("root"), tenant)
        user = User.objects.create_user(who)
        if who == "powerless":
            let_in(user, tenant, Group.objects.create(name="no permissions").name)
        elif who == "member of t2":
            let_in(user, other_tenant, MANAGER)
        elif who == "stranger":
            User.objects.filter(pk=user.pk).update(is_staff=True)
        else:
            let_in(user, tenant, who)
        return Browser(user, tenant)

    return visitor


MAY_POST = {"superuser", MANAGER, SUPPORT}
"""What they post takes effect: the tests of each page see to it."""


@pytest.fixture(scope="module")
def walks() -> dict[tuple[str, str], walk.Walk]:
    return {}


@pytest.fixture
def walked(visitors: Visitors, walks: dict[tuple[str, str], walk.Walk]) -> Walked:
    """Somebody tries every door of a place, once for all tests: the first that asks has them walk."""

    def walked(who: str, place: str) -> walk.Walk:
        if (who, place) not in walks:
            post = who not in MAY_POST or place not in {"t1", "public"}
            walks[who, place] = walk.through(visitors(who), place, post=post)
        return walks[who, place]

    return walked


MEMBERS = [MANAGER, SUPPORT, VIEWER]
RULES: list[tuple[str, str, walk.Rule]] = [
    ("superuser", "t1", walk.stands),
    ("superuser", "public", walk.stands),
    *((role, "t1", walk.sees_as_a(role)) for role in MEMBERS),
    ("powerless", "t1", walk.is_refused),
    *((who, "t1", walk.finds_nothing) for who in ["member of t2", "stranger"]),
    *((role, "t2", walk.finds_nothing) for role in MEMBERS),
    # No role counts outside its seller: who has most there, who may post, and who has none.
    *((who, "public", walk.is_refused) for who in [MANAGER, VIEWER, "stranger"]),
    *((who, "unknown", walk.finds_nothing) for who in ["superuser", MANAGER]),
    *(("signed out", place, walk.is_asked_to_sign_in) for place in ["t1", "t2", "unknown"]),
    ("signed out", "public", walk.may_only_sign_in),
]


@pytest.mark.parametrize(
    ("who", "place", "rule"), RULES, ids=[f"{who} in {place}" for who, place, _ in RULES]
)
def test_every_door_treats_its_visitor_by_the_rule(
    walked: Walked, who: str, place: str, rule: walk.Rule
) -> None:
    found = walked(who, place)
    assert found.complaints(rule) == []
    assert found.changed == []


@pytest.mark.urls("tests.tasks.admin.open_door_urls")
@pytest.mark.parametrize(
    ("who", "place", "rule"),
    [
        ("powerless", "t1", walk.is_refused),
        ("stranger", "public", walk.is_refused),
        ("signed out", "public", walk.may_only_sign_in),
    ],
)
def test_a_view_that_asks_for_no_permission_is_noticed(
    visitors: Visitors, who: str, place: str, rule: walk.Rule
) -> None:
    browser = visitors(who)
    (careless,) = (door for door in walk.doors() if door.name == "careless")
    visit = walk.visit(browser, place, careless)
    assert visit.status == 200
    assert not rule(visit)


def test_wherever_signing_in_again_leads_there_is_a_page(walked: Walked) -> None:
    """What was pressed as the session ended is asked for without its form then."""

    def is_a_page(visit: walk.Visit) -> bool:
        return visit.status != 405 or visit.door.name == "admin:logout"

    assert walked("superuser", "t1").complaints(is_a_page) == []


def test_who_may_do_more_sees_no_less(walked: Walked) -> None:
    seen = [walked(who, "t1").opened for who in [VIEWER, SUPPORT, MANAGER, "superuser"]]
    for less, more in pairwise(seen):
        assert not less - more


def test_who_is_shown_out_is_out_at_the_next_request(visitors: Visitors) -> None:
    browser = visitors(MANAGER)
    assert browser.get("/t/t1/admin/").status_code == 200
    Membership.objects.all().delete()
    assert browser.get("/t/t1/admin/").status_code == 404


def test_a_role_that_was_taken_away_counts_from_the_next_request(visitors: Visitors) -> None:
    browser = visitors(SUPPORT)
    jobs = "/t/t1/admin/tasks/marketplacejob/"
    assert 'value="retry"' in browser.get(jobs).content.decode()
    Membership.objects.update(role=Group.objects.get(name=VIEWER))
    assert 'value="retry"' not in browser.get(jobs).content.decode()


def test_a_closed_user_account_opens_nothing(visitors: Visitors) -> None:
    browser = visitors(MANAGER)
    User.objects.update(is_active=False)
    for path in ("/admin/", "/t/t1/admin/"):
        assert browser.get(path)["Location"] == f"/admin/login/?next={path}"


def test_the_answers_before_a_door_do_not_tell_whether_there_is_a_seller_behind_it(
    visitors: Visitors,
) -> None:
    for who in ("signed out", "stranger", "member of t2"):
        browser = visitors(who)
        for path in ("/t/{}", "/t/{}/", "/t/{}/admin", "/t/{}/static/unfold/js/app.js"):
            there, nowhere = (_answer(browser, path.format(name)) for name in ("t1", "xx"))
            assert [text.replace("t1", "xx") for text in there] == nowhere, path


def _answer(browser: Browser, path: str) -> list[str]:
    if "/static/" in path:
        return [str(browser.client.head(path).status_code)]
    answer = browser.get(path)
    return [str(answer.status_code), answer.content.decode(), answer.headers.get("Location", "")]


@pytest.mark.parametrize("schema", ["public", "pg_catalog", "T1", "t1%00", "t1;", "%2e%2e", ""])
def test_a_name_that_no_seller_can_have_is_not_there(visitors: Visitors, schema: str) -> None:
    assert visitors("superuser").get(f"/t/{schema}/admin/").status_code == 404


def test_the_same_id_in_two_sellers_is_two_things(
    visitors: Visitors, everything: Bench, tenant: Tenant, other_tenant: Tenant
) -> None:
    product = everything.products[0]
    with tenancy.inside(other_tenant):
        type(product).objects.create(pk=product.pk, sku="THEIRS", title="Their lamp")
    mine, theirs = visitors(VIEWER), visitors("member of t2")
    page = f"admin/marketplaces/product/{product.pk}/change/"
    for browser, schema, shown, hidden in (
        (mine, "t1", product.sku, "THEIRS"),
        (theirs, "t2", "THEIRS", product.title),
    ):
        text = browser.get(f"/t/{schema}/{page}").content.decode()
        assert shown in text
        assert hidden not in text


def test_what_was_searched_in_one_seller_leads_nowhere_else(visitors: Visitors) -> None:
    browser = visitors("superuser")
    for schema in ("t1", "t2"):
        text = browser.get(f"/t/{schema}/admin/search/?s=product").content.decode()
        assert f"/t/{schema}/admin/" in text
        assert text.count("/t/t") == text.count(f"/t/{schema}/")
