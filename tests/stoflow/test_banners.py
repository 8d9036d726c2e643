"""What stands above every page of the admin while work does not go on by itself."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks import account_actions, actions
from tasks.dispatch import lanes, turns
from tasks.dispatch.models import Lane, WorkerPresence
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJob
from tests.tasks.admin.conftest import Browser, let_in, nobody, staff, superuser, text_of
from tests.tasks.conftest import Bench, bench
from tests.toymarket.world import World

__all__ = ["bench", "nobody", "superuser"]

TENANT, PUBLIC = "/t/t1/admin/", "/admin/"
TITLE = re.compile(r'<p class="banner-title">(?:<span.*?</span>)?\s*(.*?)</p>', re.DOTALL)


@pytest.fixture(autouse=True)
def workers(db: None) -> None:
    """Workers are there, unless a test says otherwise."""
    Presence(1, workers=2, every_seconds=0).tell()


@pytest.fixture
def mia(tenant: Tenant) -> Browser:
    """A colleague who may look into t1."""
    return Browser(staff("mia", tenant), tenant)


def titles(browser: Browser, path: str) -> list[str]:
    return [html.unescape(title) for title in TITLE.findall(text_of(browser.get(path)))]


def silence() -> None:
    WorkerPresence.objects.update(seen_at=timezone.now() - timedelta(minutes=4))


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_nothing_is_said_while_all_is_well(bench: Bench, mia: Browser, root: str) -> None:
    bench.request()
    assert titles(mia, root) == []


@pytest.mark.parametrize(
    "page", [TENANT, PUBLIC, f"{TENANT}tasks/marketplacejob/", f"{PUBLIC}password_change/"]
)
def test_every_page_says_that_no_workers_are_there_and_how_to_start_them(
    mia: Browser, page: str
) -> None:
    silence()
    (title,) = titles(mia, page)
    assert title.startswith("Nothing is being worked on: no workers have been seen since ")
    assert "manage.py run_workers" in text_of(mia.get(page))
    WorkerPresence.objects.all().delete()
    assert titles(mia, page) == ["Nothing is being worked on: no workers are running."]


def test_an_object_s_page_says_it_too(bench: Bench, mia: Browser) -> None:
    job = bench.request()
    silence()
    assert len(titles(mia, f"{TENANT}tasks/marketplacejob/{job.pk}/change/")) == 1


def test_work_that_no_worker_takes_is_told(bench: Bench, mia: Browser) -> None:
    bench.request()
    Lane.objects.update(due_at=timezone.now() - timedelta(minutes=20))
    (title,) = titles(mia, TENANT)
    assert re.fullmatch(r"Work has been waiting since .*\d\d:\d\d, and no worker takes it.", title)


def a_clock(host: str, *, ahead: float) -> None:
    """Workers on another machine, of which the database has been told this difference."""
    Presence(2, workers=2, every_seconds=0, host=host).tell()
    WorkerPresence.objects.filter(host=host).update(clock_ahead_seconds=ahead)


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_wrong_clocks_stand_in_place_of_no_workers_when_nobody_else_works(
    bench: Bench, mia: Browser, root: str
) -> None:
    bench.request()
    Lane.objects.update(due_at=timezone.now() - timedelta(minutes=20))
    WorkerPresence.objects.all().delete()
    a_clock("web1", ahead=40.0)
    assert titles(mia, root) == [
        "Nothing is being worked on: a clock differs from the database's (web1: 40 s ahead)."
    ]
    page = text_of(mia.get(root))
    assert "banner banner-urgent" in page
    assert "chrony or systemd-timesyncd" in page
    a_clock("web2", ahead=-300.0)
    (title,) = titles(mia, root)
    assert title == (
        "Nothing is being worked on: clocks differ from the database's "
        "(web1: 40 s ahead, web2: 5 min behind)."
    )


def test_a_wrong_clock_is_a_note_while_other_machines_work(bench: Bench, mia: Browser) -> None:
    a_clock("web2", ahead=-40.0)
    (title,) = titles(mia, TENANT)
    assert title == (
        "Workers of 1 machine take no work, as its clock differs from the database's "
        "(web2: 40 s behind). The others go on."
    )
    page = text_of(mia.get(TENANT))
    assert "banner-urgent" not in page
    assert "chrony or systemd-timesyncd" in page


def test_a_stuck_queue_is_told_beside_a_wrong_clock(bench: Bench, mia: Browser) -> None:
    a_clock("web2", ahead=40.0)
    bench.request()
    Lane.objects.update(due_at=timezone.now() - timedelta(minutes=20))
    stuck, clock = titles(mia, TENANT)
    assert stuck.endswith("and no worker takes it.")
    assert "web2" in clock


def test_an_account_that_needs_consent_is_named_with_a_link_to_its_jobs(
    bench: Bench, mia: Browser
) -> None:
    lanes.ensure(bench.account.pk, marketplace="toy", name="Toy shop")
    lanes.stop_for_consent(bench.account.pk, reason="revoked")
    assert titles(mia, TENANT) == ["“Toy shop” waits until its seller connects it again."]
    link = f"{TENANT}tasks/marketplacejob/?account={bench.account.pk}"
    assert f'href="{link}"' in text_of(mia.get(TENANT))
    assert mia.get(link).status_code == 200


def test_a_paused_account_is_named_only_while_jobs_wait(bench: Bench, mia: Browser) -> None:
    lanes.ensure(bench.account.pk, marketplace="toy", name="Toy shop")
    lanes.pause(bench.account.pk, by="sam", reason="wrong <prices>")
    assert titles(mia, TENANT) == []
    bench.request()
    assert titles(mia, TENANT) == ["Work on “Toy shop” is paused, and jobs wait."]
    assert "Paused by sam: “wrong &lt;prices&gt;”." in text_of(mia.get(TENANT))


def test_a_sweep_that_is_not_due_is_no_work_that_waits(
    bench: Bench, mia: Browser, superuser: Browser
) -> None:
    sweep = bench.request("sync", payload={"pages": 1})
    MarketplaceJob.objects.filter(pk=sweep.pk).update(run_after=timezone.now() + timedelta(hours=1))
    lanes.pause(bench.account.pk, by="sam", reason="")
    assert titles(mia, TENANT) == []
    assert "No job waits now." in account_actions.preview("resume_account", bench.lane).sentences
    MarketplaceJob.objects.filter(pk=sweep.pk).update(run_after=timezone.now())
    assert titles(mia, TENANT) == ["Work on “Toy shop” is paused, and jobs wait."]
    assert "1 job waits." in account_actions.preview("resume_account", bench.lane).sentences


def test_a_job_that_is_paused_by_itself_waits_for_no_account(bench: Bench, mia: Browser) -> None:
    job = bench.request()
    actions.pause(job, requested_by="sam")
    lanes.pause(bench.account.pk, by="sam", reason="")
    turns.measure(bench.account.pk)
    assert titles(mia, TENANT) == titles(mia, PUBLIC) == []
    assert "No job waits now." in account_actions.preview("resume_account", bench.lane).sentences


def test_accounts_that_are_named_alike_are_told_apart(bench: Bench, mia: Browser) -> None:
    for number, marketplace in ((100, "toy"), (101, "ebay")):
        lanes.ensure(number, marketplace=marketplace, name="Demo shop")
    lanes.stop_for_consent(100, reason="revoked")
    assert titles(mia, TENANT) == ["“Toy: Demo shop” waits until its seller connects it again."]


def test_an_account_that_is_offline_is_named_with_its_reason_while_jobs_wait(
    bench: Bench, mia: Browser
) -> None:
    lanes.ensure(bench.account.pk, marketplace="toy", name="Toy shop")
    lanes.offline(bench.account.pk, reason="The <toy> box is closed.")
    assert titles(mia, TENANT) == []
    bench.request()
    (title,) = titles(mia, TENANT)
    assert re.fullmatch(
        r"“Toy shop” has waited for the seller's side since \d\d:\d\d, and jobs wait.", title
    )
    page = text_of(mia.get(TENANT))
    assert "The &lt;toy&gt; box is closed. Once that is done, work goes on by" in page
    lanes.pause(bench.account.pk, by="sam", reason="")
    assert titles(mia, TENANT) == ["Work on “Toy shop” is paused, and jobs wait."]
    lanes.resume(bench.account.pk)
    lanes.online(bench.account.pk)
    assert titles(mia, TENANT) == []


def test_many_stopped_accounts_are_one_banner(bench: Bench, mia: Browser) -> None:
    for number in range(5):
        lanes.ensure(100 + number, marketplace="toy", name=f"Shop {number}")
        lanes.stop_for_consent(100 + number, reason="revoked")
    assert titles(mia, TENANT) == ["5 accounts wait until their seller connects them again."]


def test_jobs_that_need_an_answer_are_counted_and_listed(bench: Bench, mia: Browser) -> None:
    for _ in range(2):
        bench.request()
    MarketplaceJob.objects.update(status="FAILED", needs_person=True, completed_at=timezone.now())
    other = bench.request()
    assert titles(mia, TENANT) == ["2 jobs need an answer from a person."]
    link = f"{TENANT}tasks/marketplacejob/?open=1&amp;needs_person__exact=1"
    assert f'href="{link}"' in text_of(mia.get(TENANT))
    shown = text_of(mia.get(link.replace("&amp;", "&")))
    assert f"marketplacejob/{other.pk}/change/" not in shown


def test_a_question_that_something_newer_has_settled_is_not_counted(
    bench: Bench, mia: Browser
) -> None:
    settled, still_open = bench.request(), bench.request()
    MarketplaceJob.objects.update(status="FAILED", needs_person=True, completed_at=timezone.now())
    newer = bench.request("update", bench.products[0])
    assert newer.product_id == settled.product_id
    assert titles(mia, TENANT) == ["1 job needs an answer from a person."]
    for filters in ("open=1&needs_person__exact=1", "needs_person__exact=1"):
        shown = text_of(mia.get(f"{TENANT}tasks/marketplacejob/?{filters}"))
        assert f"marketplacejob/{still_open.pk}/change/" in shown
        assert f"marketplacejob/{settled.pk}/change/" not in shown


def test_a_tenant_s_pages_speak_of_no_other_tenant(
    bench: Bench, mia: Browser, other_tenant: Tenant
) -> None:
    Lane.objects.create(
        schema_name="t2", account_id=7, marketplace="toy", account_name="Theirs",
        consent_needed_at=timezone.now(),
    )  # fmt: skip
    assert titles(mia, TENANT) == []


def test_the_installation_s_pages_count_what_the_person_may_enter_from_public_tables(
    mia: Browser, superuser: Browser, other_tenant: Tenant
) -> None:
    for number, schema in enumerate(("t1", "t2", "t2")):
        Lane.objects.create(
            schema_name=schema, account_id=number, marketplace="toy",
            consent_needed_at=timezone.now(),
        )  # fmt: skip
    Lane.objects.create(
        schema_name="t1", account_id=9, marketplace="toy",
        paused_at=timezone.now(), waiting_count=2, question_count=3,
    )  # fmt: skip
    Lane.objects.create(
        schema_name="t1", account_id=10, marketplace="toy",
        offline_since=timezone.now(), waiting_count=2,
    )  # fmt: skip
    others = [
        "Work on 1 account is paused, and jobs wait.",
        "1 account waits for its seller's side, and jobs wait.",
        "3 jobs need an answer from a person.",
    ]
    assert titles(mia, PUBLIC) == [
        "1 account waits until its seller connects it again.", *others
    ]  # fmt: skip
    assert "/t/t2/admin/" not in text_of(mia.get(f"{PUBLIC}banners/"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown = titles(superuser, f"{PUBLIC}banners/")
    assert shown == ["3 accounts wait until their seller connects them again.", *others]
    assert not [each for each in asked if "marketplace_jobs" in each["sql"]]


def test_what_goes_on_by_hand_is_not_said_to_wait_for_a_connection(
    mia: Browser, tenant: Tenant
) -> None:
    for number, name in enumerate(("vinted", "vinted", "toy")):
        Lane.objects.create(
            schema_name="t1", account_id=number, marketplace=name, account_name=name,
            consent_needed_at=timezone.now(),
        )  # fmt: skip
    consent, by_hand = titles(mia, PUBLIC)
    assert consent == "1 account waits until its seller connects it again."
    assert by_hand == "Work on 2 accounts has stopped until somebody lets it go on."
    assert "to answer what it asks, by hand" in html.unescape(text_of(mia.get(PUBLIC)))
    assert titles(mia, TENANT) == [
        "“toy” waits until its seller connects it again.",
        "Work on 2 accounts has stopped until somebody lets it go on.",
    ]
    Lane.objects.exclude(account_id=0).delete()
    assert titles(mia, PUBLIC) == ["Work on 1 account has stopped until somebody lets it go on."]


def test_who_may_see_no_jobs_learns_of_the_workers_only(bench: Bench, tenant: Tenant) -> None:
    user = User.objects.create_user("new")
    let_in(user, tenant, Group.objects.create(name="no permissions").name)
    lanes.ensure(bench.account.pk, marketplace="toy", name="Toy shop")
    lanes.stop_for_consent(bench.account.pk, reason="revoked")
    assert titles(Browser(user, tenant), TENANT) == []
    silence()
    assert len(titles(Browser(user, tenant), TENANT)) == 1


def test_the_same_banners_are_not_sent_again(mia: Browser) -> None:
    silence()
    piece = f"{TENANT}banners/"
    first = text_of(mia.get(piece))
    (shown,) = re.findall(r"shown=(\w+)", first)
    assert mia.get(piece, shown=shown).status_code == 204
    Presence(1, workers=2, every_seconds=0).tell()
    answer = mia.get(piece, shown=shown)
    assert answer.status_code == 200
    assert TITLE.findall(text_of(answer)) == []


@pytest.mark.parametrize("root", [TENANT, PUBLIC])
def test_who_is_signed_out_is_asked_to_sign_in_and_nothing_is_read(
    nobody: Browser, root: str
) -> None:
    answer = nobody.get(f"{root}banners/")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
    with CaptureQueriesContext(connection) as asked:
        page = text_of(nobody.get(f"{PUBLIC}login/"))
    assert not [each for each in asked if "worker_presences" in each["sql"]]
    assert "data-banners" not in page


def test_the_banners_of_a_tenant_are_three_queries_however_many_jobs_wait(
    mia: Browser, bench: Bench, tmp_path: Path
) -> None:
    def queries() -> int:
        mine = ("worker_presences", "needs_person", "consent_needed_at")
        with CaptureQueriesContext(connection) as asked:
            mia.get(f"{TENANT}banners/")
        return len([each for each in asked if any(name in each["sql"] for name in mine)])

    bench.request()
    assert queries() == 3
    for number in range(10):
        account = Account.objects.create(marketplace="toy", name=f"Shop {number}")
        other = Bench(account, World(tmp_path / str(number)), bench.products)
        other.request()
        lanes.pause(account.pk, by="sam", reason="")
    assert queries() == 3
