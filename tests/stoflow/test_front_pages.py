"""The front page of all sellers, and each seller's own."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import SUPPORT
from tasks.dispatch.models import Lane
from tasks.dispatch.presence import Presence
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, let_in, text_of
from tests.wrong_clocks import clock_ahead

HEALTH = f"{PUBLIC}health/"


def seller(number: int, **lane: Any) -> Tenant:
    """A row without a schema: the front page must not look there."""
    tenant = Tenant(schema_name=f"shop{number}", name=f"Shop {number:04}")
    Tenant.objects.bulk_create([tenant])
    if lane:
        account(tenant, **lane)
    return tenant


def account(tenant: Tenant, **lane: Any) -> Lane:
    known = {"account_id": 7, "marketplace": "ebay", "account_name": "Main shop", **lane}
    return Lane.objects.create(schema_name=tenant.schema_name, **known)


@pytest.fixture
def root(tenant: Tenant) -> Browser:
    return Browser(User.objects.create_superuser("root"), tenant)


@pytest.fixture
def mia(tenant: Tenant) -> User:
    return User.objects.create_user("mia")


def names(page: str) -> list[str]:
    return re.findall(r'id="seller-\d+" href="[^"]+">([^<]+)<', page)


def test_a_member_sees_their_own_sellers_and_their_role_there(mia: User, tenant: Tenant) -> None:
    let_in(mia, tenant, SUPPORT)
    page = text_of(Browser(mia, tenant).get(PUBLIC))
    assert names(page) == ["Seller t1"]
    assert 'href="/t/t1/admin/"' in page
    assert "you are support" in page


def test_who_is_a_member_nowhere_is_told_whom_to_ask(tenant: Tenant) -> None:
    newcomer = Browser(User.objects.create_user("new", is_staff=True), tenant)
    page = text_of(newcomer.get(PUBLIC))
    assert "You are not a member of any seller yet" in page
    assert names(page) == []


def test_the_worst_comes_first(root: Browser) -> None:
    now = timezone.now()
    seller(1)
    seller(2, waiting_count=4, next_run_at=now)
    seller(3, failed_count=2)
    seller(4, failed_count=30)
    seller(5, paused_at=now, paused_by="mia")
    seller(6, consent_needed_at=now)
    seller(8, offline_since=now, waiting_count=3, next_run_at=now)
    account(seller(7, last_success_at=now), account_id=8, blocked_until=now + timedelta(hours=1))
    in_order = [name for name in names(text_of(root.get(PUBLIC))) if name.startswith("Shop")]
    assert [int(name[-1]) for name in in_order] == [6, 4, 3, 5, 8, 7, 2, 1]


def test_an_offline_account_waits_since_a_time_and_has_not_failed(root: Browser) -> None:
    since = timezone.now() - timedelta(minutes=3)
    lane = account(
        seller(1),
        offline_since=since,
        offline_reason="The browser is closed.",
        waiting_count=3,
        next_run_at=since,
    )
    page = html.unescape(text_of(root.get(PUBLIC)))
    shown = re.findall(rf'id="sign-{lane.pk}-(\w+)"', page)
    assert shown == ["offline", "queued"]
    assert "Has waited for the seller's side since " in page
    assert "The browser is closed." in page
    assert "3 waiting" in page
    assert "for their turn" not in page


WITHOUT_WORKERS = "3 waiting until workers are started"
CLOCKS = "3 waiting until the clocks of the workers' machines are right"


@pytest.mark.parametrize("words", [WITHOUT_WORKERS, CLOCKS])
@pytest.mark.parametrize("rests", [False, True])
def test_while_nobody_works_no_work_is_said_to_wait_for_its_turn(
    root: Browser, tenant: Tenant, rests: bool, words: str
) -> None:
    if words == CLOCKS:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    now = timezone.now()
    until = now + timedelta(seconds=50) if rests else None
    account(tenant, waiting_count=3, next_run_at=now, rests_until=until)
    account(tenant, account_id=8, waiting_count=3, paused_count=1, next_run_at=now)
    account(tenant, account_id=9, paused_at=now, waiting_count=3, next_run_at=now)
    for place in (PUBLIC, HEALTH, TENANT, f"{TENANT}health/"):
        page = html.unescape(text_of(root.get(place)))
        assert page.count(words) == 2
        assert "3 waiting</span>" in page
        assert "for their turn" not in page
        assert "goes on" not in page.replace("What waits goes on by itself", "")


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0, "Waiting to be begun"),
        (40, "Waiting until the clocks of the workers' machines are right"),
        (None, "Waiting until workers are started"),
    ],
)
def test_what_was_just_asked_for_is_work_before_it_is_counted(
    root: Browser, tenant: Tenant, ahead: int | None, said: str
) -> None:
    if ahead is not None:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(ahead))
    account(tenant, waiting_count=0, due_at=timezone.now())
    for place in (PUBLIC, TENANT):
        page = html.unescape(text_of(root.get(place)))
        assert said in page
        assert "Nothing to do</span>" not in page


def test_what_staff_let_go_on_is_not_drawn_as_a_lost_connection(root: Browser) -> None:
    stopped = account(seller(1), marketplace="vinted", consent_needed_at=timezone.now())
    sign = re.search(
        rf'id="sign-{stopped.pk}-consent".*?</a>', text_of(root.get(PUBLIC)), re.DOTALL
    )
    assert sign
    assert "Needs somebody to let it go on" in sign[0]
    assert "front_hand" in sign[0]


def test_a_pause_between_two_calls_is_work(root: Browser) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    now = timezone.now()
    rest = {"rests_until": now + timedelta(seconds=50), "waiting_count": 2, "next_run_at": now}
    account(seller(1), **rest)
    assert "Pauses between two calls, goes on" in text_of(root.get(PUBLIC))


def test_each_sign_is_in_words_and_leads_to_what_it_is_about(root: Browser) -> None:
    now = timezone.now()
    lane = account(
        seller(1),
        failed_count=3,
        question_count=1,
        waiting_count=500,
        next_run_at=now,
        working_count=2,
        paused_at=now - timedelta(hours=2),
        paused_by="mia",
        pause_reason="on <b>holiday</b>",
    )
    page = text_of(root.get(PUBLIC))
    links = dict(re.findall(rf'id="sign-{lane.pk}-(\w+)" href="([^"]+)"', page))
    jobs = "/t/shop1/admin/tasks/marketplacejob/"
    assert links == {
        "failed": f"{jobs}?open=1&amp;needs_person__exact=0&amp;account=7",
        "question": f"{jobs}?open=1&amp;needs_person__exact=1&amp;account=7",
        "queued": f"{jobs}?status__exact=WAITING&amp;account=7",
        "working": f"{jobs}?status__exact=WORKING&amp;account=7",
        "paused": "/t/shop1/admin/marketplaces/account/7/change/",
    }
    for words in ("2 failed", "1 needs an answer", "500 or more waiting", "2 running now"):
        assert words in page
    assert "Paused by mia" in page
    assert "2 hours ago" in page.replace("\xa0", " ")
    assert "on &lt;b&gt;holiday&lt;/b&gt;" in page


def test_the_lists_behind_the_signs_are_there(root: Browser, tenant: Tenant) -> None:
    account(tenant, failed_count=2, question_count=1, waiting_count=1, working_count=1)
    links = re.findall(r'id="sign-\d+-\w+" href="([^"]+)"', text_of(root.get(PUBLIC)))
    assert len(links) == 4
    for link in links:
        assert root.get(link.replace("&amp;", "&")).status_code == 200


def test_a_seller_is_found_by_a_part_of_the_name_or_the_schema(root: Browser) -> None:
    seller(1)
    seller(22)
    for text in ("P 0022", "shop22"):
        assert names(text_of(root.get(PUBLIC, q=text))) == ["Shop 0022"]
    nothing = text_of(root.get(PUBLIC, q="<zebra>"))
    assert "No seller of yours is called “&lt;zebra&gt;”" in nothing


def test_a_search_finds_no_seller_of_others(mia: User, tenant: Tenant) -> None:
    let_in(mia, tenant)
    page = text_of(Browser(mia, tenant).get(HEALTH, q="Seller"))
    assert names(page) == ["Seller t1"]


@pytest.mark.parametrize("page", ["0", "-1", "9999", "x", ""])
def test_a_page_that_is_not_there_is_the_nearest_one(root: Browser, page: str) -> None:
    assert root.get(PUBLIC, page=page).status_code == 200


def test_a_thousand_sellers_cost_no_more_queries_than_two(root: Browser, mia: User) -> None:
    tenant = root.tenant
    browser = Browser(mia, tenant)
    let_in(mia, tenant)
    few = {name: _queries(who, HEALTH) for name, who in (("root", root), ("mia", browser))}
    tenants = [Tenant(schema_name=f"s{n}", name=f"Shop {n}") for n in range(1000)]
    Tenant.objects.bulk_create(tenants)
    lanes = [
        Lane(schema_name=t.schema_name, account_id=n, marketplace="ebay")
        for t in tenants
        for n in (1, 2, 3)
    ]
    Lane.objects.bulk_create(lanes, batch_size=1000)
    for name, who in (("root", root), ("mia", browser)):
        many = _queries(who, HEALTH)
        assert len(many) == len(few[name]) <= 6
        assert not [sql for sql in many if "marketplace_jobs" in sql or "SET search_path" in sql]
    page = text_of(root.get(PUBLIC, page=2))
    assert len(names(page)) == 50
    assert "51 to 100 of 1002 sellers" in page


def _queries(browser: Browser, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    # The browser's way back into the test's tenant is not the page's.
    return [query["sql"] for query in queries if "SET search_path" not in query["sql"]]


def test_the_piece_that_refreshes_keeps_search_and_page(root: Browser) -> None:
    seller(1)
    text = text_of(root.get(PUBLIC, q="shop1"))
    assert 'data-refresh="/admin/health/?q=shop1&amp;page=1"' in text
    assert "<html" not in text_of(root.get(HEALTH, q="shop1"))


def test_what_is_typed_into_the_search_box_is_kept_in_the_address(root: Browser) -> None:
    answer = root.client.get(HEALTH, {"q": "a&b"}, headers={"HX-Trigger-Name": "q"})
    assert answer["HX-Replace-Url"] == "/admin/?q=a%26b"


def test_a_seller_s_front_page_shows_its_accounts_and_no_others(
    root: Browser, tenant: Tenant, other_tenant: Tenant
) -> None:
    mine = account(tenant, account_name="Mine", failed_count=1)
    account(other_tenant, account_name="Theirs")
    for page in (text_of(root.get("/t/t1/admin/")), text_of(root.get("/t/t1/admin/health/"))):
        assert "Mine" in page
        assert "Theirs" not in page
        assert f'id="sign-{mine.pk}-failed" href="/t/t1/admin/tasks/marketplacejob/?' in page


@pytest.mark.parametrize(
    ("minutes", "due", "is_told"), [(3, True, True), (1, True, False), (3, False, False)]
)
def test_numbers_that_were_counted_long_ago_say_when_while_work_is_due(
    root: Browser, tenant: Tenant, minutes: int, due: bool, is_told: bool
) -> None:
    now = timezone.now()
    account(
        tenant,
        failed_count=1,
        measured_at=now - timedelta(minutes=minutes),
        due_at=now if due else None,
    )
    for place in (PUBLIC, "/t/t1/admin/"):
        words = re.sub(r"[\s>]+", " ", text_of(root.get(place)))
        assert (" counted " in words) == is_told


def test_a_seller_s_pages_lead_back_to_all_sellers(root: Browser) -> None:
    for page in ("", "tasks/marketplacejob/", "password_change/"):
        assert 'href="/admin/"' in text_of(root.get(f"/t/t1/admin/{page}"))
