"""A worker hands a request to the seller's browser, and knows afterwards what came of it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from marketplaces.models import Account, CommandStatus, PluginCommand, PluginConnection
from marketplaces.vinted.plugin import tokens
from marketplaces.vinted.plugin.exchange import FormFile, Request
from marketplaces.vinted.plugin.link import ACT, LOOK, Fate, PluginLink
from tasks.errors import (
    AuthorizationError,
    OfflineError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    RateLimitedError,
    RestError,
    StoFlowError,
    TransientError,
)
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.vinted.plugin.browser import READY, Browser, meanwhile
from tests.marketplaces.vinted.plugin.conftest import Server

READ = Request("GET", "/api/v2/users/current")
WRITE = Request("POST", "/api/v2/item_upload/drafts", json={"draft": {"title": "Robe"}})


def answer_next(browser: Browser, body: bytes) -> None:
    browser.answer(browser.hear(), body=body)


def statuses() -> list[str]:
    return list(PluginCommand.objects.order_by("created_at").values_list("status", flat=True))


def test_an_answer_arrives_with_its_status_and_every_byte(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()
    body = bytes(range(256)) * 3_000

    with meanwhile(lambda: browser.answer(browser.hear(), 422, body)):
        answer = link.send(READ, "read")

    assert (answer.status, answer.body) == (422, body)
    assert answer.headers == {"content-type": "application/json"}


def test_a_write_names_the_user_in_whose_name_it_is_made(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()
    heard = []

    def act() -> None:
        heard.append(browser.hear())
        browser.answer(heard[0])

    with meanwhile(act):
        link.send(WRITE, "make the draft")

    assert heard[0]["as_user"] == "4711"
    assert heard[0]["request"]["json"] == WRITE.json


def test_a_file_comes_in_pieces_and_is_forgotten_once_it_was_used(
    browser: Browser, link: PluginLink
) -> None:
    photo = bytes(range(251)) * 1_200
    browser.connect()
    got = bytearray()

    def act() -> None:
        command = browser.hear()
        while len(got) < command["request"]["form"]["file"]["size"]:
            need = {"type": "need", "id": command["id"], "offset": len(got)}
            got.extend(base64.b64decode(browser.ask(need)["data"]))
        browser.answer(command)

    with meanwhile(act):
        part = FormFile("photo[file]", "1.jpg", "image/jpeg", photo)
        link.send(Request("POST", "/api/v2/photos", fields={"a": "b"}, file=part), "send a photo")

    assert bytes(got) == photo
    assert PluginCommand.objects.get().file is None


def test_what_no_plugin_takes_is_refused_before_anybody_is_told(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()
    part = FormFile("photo[file]", "1.ico", "image/x-icon", b"icon")
    with pytest.raises(PermanentError, match="no such request: POST /api/v2/photos"):
        link.send(Request("POST", "/api/v2/photos", file=part), "send a photo")
    assert statuses() == []


def test_no_browser_means_that_the_account_is_offline(link: PluginLink) -> None:
    with pytest.raises(OfflineError, match="never been connected"):
        link.send(READ, "read")
    assert statuses() == []


@pytest.mark.parametrize(
    ("vinted", "said"),
    [
        ({"state": "no_tab", "user_id": None, "login": None}, "No page of Vinted"),
        ({"state": "signed_out", "user_id": None, "login": None}, "Nobody is signed in"),
        ({"user_id": "99", "login": "paul"}, "signed in at Vinted as “paul”"),
    ],
)
def test_a_browser_that_cannot_act_keeps_the_account_offline_and_says_why(
    browser: Browser, link: PluginLink, vinted: dict[str, str], said: str
) -> None:
    browser.connect(vinted=READY | vinted)
    with pytest.raises(OfflineError, match=said):
        link.send(WRITE, "make the draft")
    assert statuses() == []


def test_a_question_whether_a_person_sits_there_stops_the_account(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect(vinted=READY | {"state": "challenge"})
    with pytest.raises(AuthorizationError, match="whether a person"):
        link.send(READ, "read")


def test_a_command_that_nobody_took_can_take_effect_no_more(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = settings.VINTED | {"open_seconds": 1.0}
    browser.connect()
    answers = []

    def late() -> None:
        command = browser.hear()
        for _ in range(3):
            time.sleep(0.45)
            browser.ask({"type": "ping"})
        answers.append(browser.ask({"type": "begin", "id": command["id"]}))

    with meanwhile(late), pytest.raises(TransientError, match="in time") as raised:
        link.send(WRITE, "make the draft")
    assert "close the browser" in raised.value.advice

    assert answers[0]["type"] == "stop"
    assert statuses() == [CommandStatus.VOID]


def test_a_browser_that_goes_away_before_it_may_act_leaves_the_account_offline(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()

    def vanish() -> None:
        browser.hear()
        browser.close()

    with meanwhile(vanish), pytest.raises(OfflineError):
        link.send(WRITE, "make the draft")
    assert statuses() == [CommandStatus.VOID]


def test_nobody_knows_what_became_of_a_command_that_was_begun_and_not_answered(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = settings.VINTED | {"begin_seconds": 0.3, "margin_seconds": 0.3}
    browser.connect()

    def begin() -> None:
        command = browser.hear()
        assert browser.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        browser.drop()

    with meanwhile(begin), pytest.raises(OutcomeUnknownError, match="no answer"):
        link.send(WRITE, "make the draft")
    assert statuses() == [CommandStatus.LOST]


def test_an_answer_that_comes_too_late_is_what_a_look_finds(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = settings.VINTED | {"begin_seconds": 0.2, "margin_seconds": 0.2}
    browser.connect()
    kept = []

    def begin() -> None:
        kept.append(browser.hear())
        browser.ask({"type": "begin", "id": kept[0]["id"]})

    with (
        meanwhile(begin),
        pytest.raises(OutcomeUnknownError),
        link.for_step(7, ACT),
    ):
        link.send(WRITE, "make the draft")
    lost = link.last_write(7)
    assert (lost.fate, lost.ended_at is None) == (Fate.LOST, False)

    browser.tell(kept[0], 200, b'{"draft": {"id": 5}}')

    found = link.last_write(7)
    assert found.fate is Fate.ANSWERED
    assert found.ended_at is not None
    assert found.answer is not None
    assert found.answer.body == b'{"draft": {"id": 5}}'


def test_what_the_plugin_did_not_send_may_be_tried_again(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()

    def refuse() -> None:
        command = browser.hear()
        said = {"outcome": "unsent", "reason": "not_allowed", "detail": "POST /api/v2/x"}
        browser.ask({"type": "result", "id": command["id"], **said})

    with (
        meanwhile(refuse),
        pytest.raises(TransientError, match="may not make such a call"),
        link.for_step(7, ACT),
    ):
        link.send(WRITE, "make the draft")
    assert link.last_write(7).fate is Fate.NOTHING


@pytest.mark.parametrize(
    ("reason", "waits"),
    [
        ("no_tab", OfflineError),
        ("signed_out", OfflineError),
        ("busy", RestError),
        ("vinted", OutageError),
    ],
)
def test_a_browser_that_could_not_act_just_now_is_waited_for(
    browser: Browser, link: PluginLink, reason: str, waits: type[Exception]
) -> None:
    browser.connect()

    def refuse() -> None:
        unsent = {"outcome": "unsent", "reason": reason, "detail": ""}
        browser.ask({"type": "result", "id": browser.hear()["id"], **unsent})

    with meanwhile(refuse), pytest.raises(waits):
        link.send(WRITE, "make the draft")


def unsent(browser: Browser, reason: str, **more: str | int) -> Callable[[], object]:
    """What the browser does that takes a command and sends nothing."""
    said = {"outcome": "unsent", "reason": reason, "detail": "", **more}
    return lambda: browser.ask({"type": "result", "id": browser.hear()["id"], **said})


@pytest.mark.parametrize("status", [{}, {"status": 503}])
@pytest.mark.parametrize(("said", "seconds"), [("90", 90.0), ("soon", None)])
def test_vinted_is_asked_again_who_is_signed_in_when_it_wants_to_be(
    browser: Browser,
    link: PluginLink,
    said: str,
    seconds: float | None,
    status: dict[str, int],
) -> None:
    """Of a plugin that tells no status, it may have been any."""
    browser.connect()
    with (
        meanwhile(unsent(browser, "vinted", retry_after=said, **status)),
        pytest.raises(OutageError) as raised,
    ):
        link.send(WRITE, "make the draft")
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(("said", "seconds"), [({"retry_after": "90"}, 90.0), ({}, 60.0)])
def test_to_slow_down_when_asked_who_is_signed_in_is_said_to_the_whole_account(
    browser: Browser, link: PluginLink, said: dict[str, str], seconds: float
) -> None:
    browser.connect()
    with (
        meanwhile(unsent(browser, "vinted", status=429, **said)),
        pytest.raises(RateLimitedError, match=r"Vinted asks to slow down\.") as raised,
    ):
        link.send(WRITE, "make the draft")
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    ("reason", "calls"),
    [("vinted", 1), ("wrong_user", 1), ("signed_out", 1), ("busy", 0), ("not_allowed", 0)],
)
def test_after_the_question_who_is_signed_in_the_account_rests_as_after_any_read(
    browser: Browser, link: PluginLink, reason: str, calls: int
) -> None:
    browser.connect()
    with meanwhile(unsent(browser, reason)), pytest.raises(StoFlowError):
        link.send(WRITE, "make the draft")
    place = PluginConnection.objects.get()
    assert (place.answer_count, place.rests_until is not None) == (calls, bool(calls))


def test_everything_but_who_is_signed_in_is_asked_in_the_accounts_name(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()
    asked = []

    def act() -> None:
        asked.append(browser.hear())
        browser.answer(asked[-1])

    for request in (READ, Request("GET", "/api/v2/my_orders")):
        with meanwhile(act):
            link.send(request, "read")
    assert [each["as_user"] for each in asked] == [None, "4711"]


def test_a_result_survives_the_death_of_the_server_between_effect_and_answer(
    browser: Browser, link: PluginLink, server: Server, settings: Settings
) -> None:
    settings.VINTED = {**settings.VINTED, "answer_seconds": 20.0}
    browser.connect()

    def act() -> None:
        command = browser.hear()
        assert browser.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        server.kill()
        server.start()
        browser.connect()
        assert browser.hear()["id"] == command["id"], "it is told again, and not begun again"
        browser.tell(command, 200, b'{"draft": {"id": 5}}')

    with meanwhile(act):
        answer = link.send(WRITE, "make the draft")
    assert answer.json_object() == {"draft": {"id": 5}}


def test_another_browser_is_not_told_of_what_the_first_may_have_begun(
    another_browser: Callable[[], Browser], link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = settings.VINTED | {"begin_seconds": 1.0, "margin_seconds": 3.0}
    first, second = another_browser(), another_browser()
    first.connect()
    quiet = []

    def act() -> None:
        command = first.hear()
        first.ask({"type": "begin", "id": command["id"]})
        first.close()
        second.take_place()
        quiet.append(second.hears_nothing(0.5))

    with meanwhile(act), pytest.raises(OutcomeUnknownError):
        link.send(WRITE, "make the draft")
    assert quiet == [True]


def test_another_browser_cannot_say_that_nothing_was_sent(
    another_browser: Callable[[], Browser],
    link: PluginLink,
    settings: Settings,
) -> None:
    settings.VINTED = settings.VINTED | {"begin_seconds": 1.0, "margin_seconds": 3.0}
    first, second = another_browser(), another_browser()
    first.connect()

    def act() -> None:
        command = first.hear()
        assert first.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        first.close()
        second.take_place()
        unsent = {"outcome": "unsent", "reason": "no_tab", "detail": ""}
        second.ask({"type": "result", "id": command["id"], **unsent})

    with meanwhile(act), pytest.raises(OutcomeUnknownError):
        link.send(WRITE, "make the draft")
    assert statuses() == [CommandStatus.LOST]


def test_a_browser_that_came_back_cannot_say_that_nothing_was_sent_before(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    """It may have lost its notes of what it made with the leave of its former connection."""
    settings.VINTED = settings.VINTED | {"begin_seconds": 1.0, "margin_seconds": 3.0}
    browser.connect()
    heard = []

    def act() -> None:
        command = browser.hear()
        assert browser.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        browser.drop()
        browser.connect(vinted=READY | {"state": "no_tab", "user_id": None, "login": None})
        assert browser.hear()["id"] == command["id"]
        unsent = {"outcome": "unsent", "reason": "no_tab", "detail": ""}
        heard.append(browser.ask({"type": "result", "id": command["id"], **unsent})["type"])

    with meanwhile(act), pytest.raises(OutcomeUnknownError), link.for_step(7, ACT):
        link.send(WRITE, "make the draft")

    assert heard == ["received"]
    assert link.last_write(7).fate is Fate.LOST


def test_a_browser_that_has_the_leave_may_say_that_it_did_not_use_it(
    browser: Browser, link: PluginLink
) -> None:
    browser.connect()

    def act() -> None:
        command = browser.hear()
        assert browser.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        unsent = {"outcome": "unsent", "reason": "no_tab", "detail": "The tab was closed."}
        browser.ask({"type": "result", "id": command["id"], **unsent})

    with meanwhile(act), pytest.raises(OfflineError), link.for_step(7, ACT):
        link.send(WRITE, "make the draft")
    assert link.last_write(7).fate is Fate.NOTHING


def test_a_browser_that_forgot_that_it_began_gets_no_second_leave(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = settings.VINTED | {"begin_seconds": 1.0, "margin_seconds": 3.0}
    browser.connect()
    heard = []

    def act() -> None:
        begin = {"type": "begin", "id": browser.hear()["id"]}
        assert browser.ask(begin)["type"] == "go"
        assert browser.ask(begin)["type"] == "go", "not begun in time, it asks again"
        browser.drop()
        browser.connect()
        heard.extend([browser.hear()["id"] == begin["id"], browser.ask(begin)["type"]])

    with meanwhile(act), pytest.raises(OutcomeUnknownError):
        link.send(WRITE, "make the draft")
    assert heard == [True, "stop"]


def test_after_a_call_the_account_rests(browser: Browser, link: PluginLink) -> None:
    browser.connect()
    with meanwhile(lambda: browser.answer(browser.hear())):
        link.send(READ, "read")
    PluginConnection.objects.update(rests_until="2100-01-01T00:00Z")

    with pytest.raises(RestError) as rest:
        link.send(READ, "read")

    assert rest.value.until.year == 2100
    assert statuses() == [CommandStatus.ANSWERED]


def test_a_step_that_had_to_rest_goes_on_with_the_answers_it_has(
    browser: Browser, link: PluginLink
) -> None:
    pages = [Request("GET", f"/api/v2/wardrobe/4711/items?page={page}") for page in (1, 2)]
    asked: list[str] = []
    browser.connect()

    def read(*, rests_after_first: bool) -> list[bytes]:
        with link.for_step(7, LOOK):
            first = link.send(pages[0], "read").body
            if rests_after_first:
                PluginConnection.objects.update(rests_until="2100-01-01T00:00Z")
            return [first, link.send(pages[1], "read").body]

    def act() -> None:
        command = browser.hear()
        asked.append(command["request"]["path"])
        browser.answer(command, body=asked[-1][-1].encode())

    with meanwhile(act), pytest.raises(RestError):
        read(rests_after_first=True)
    PluginConnection.objects.update(rests_until=None)
    (first,) = PluginCommand.objects.all()
    with link.for_step(8, LOOK):
        assert link.asked_at() > first.created_at, "another step's"
    link.task_id = 7
    assert link.asked_at() == first.created_at
    with meanwhile(act):
        found = read(rests_after_first=False)

    assert link.asked_at() > first.created_at, "all that was kept has been used"
    assert found == [b"1", b"2"]
    assert asked == [page.path for page in pages]


def test_a_worker_that_has_lost_the_job_takes_no_answers_from_the_one_that_has_it(
    browser: Browser, link: PluginLink
) -> None:
    """It wakes up with the answer, beside another worker that goes on with the same answer."""
    now = timezone.now()
    held: dict[str, Any] = {"lease_token": uuid4(), "leased_by": "w", "leased_until": now}
    times = {"created_at": now, "run_after": now, "started_at": now}
    job = MarketplaceJob.objects.create(
        marketplace="vinted",
        action="publish",
        account_id=link.account.pk,
        status="RUNNING",
        **held,
        **times,
    )
    task = MarketplaceTask.objects.create(
        job=job, name="x", position=1, step="upload", status="RUNNING", created_at=now
    )
    browser.connect()

    def send(lease: UUID) -> bytes:
        one = PluginLink(link.account, lease=lease)
        with one.for_step(task.pk, ACT):
            return one.send(WRITE, "make the draft").body

    with meanwhile(lambda: browser.answer(browser.hear(), body=b"1")):
        assert send(uuid4()) == b"1"
    assert send(held["lease_token"]) == b"1"
    assert PluginCommand.objects.get().is_closed


@pytest.mark.parametrize(("newest_minutes_ago", "is_used"), [(1, True), (20, False)])
def test_old_answers_are_good_as_long_as_the_step_gets_on(
    browser: Browser, link: PluginLink, newest_minutes_ago: int, is_used: bool
) -> None:
    pages = [Request("GET", f"/api/v2/wardrobe/4711/items?page={page}") for page in (1, 2)]
    browser.connect()
    for number, (page, minutes) in enumerate(zip(pages, (60, newest_minutes_ago), strict=True), 1):
        left = PluginLink(link.account, task_id=7, part=LOOK, _number=number)
        made = left._queue(page, page.described())
        answered = {"status": "ANSWERED", "http_status": 200, "body": b"{}"}
        ended_at = timezone.now() - timedelta(minutes=minutes)
        PluginCommand.objects.filter(pk=made.pk).update(**answered, ended_at=ended_at)
    PluginConnection.objects.update(rests_until="2100-01-01T00:00Z")

    with nullcontext() if is_used else pytest.raises(RestError), link.for_step(7, LOOK):
        for page in pages:
            link.send(page, "read")


def test_a_step_that_has_ended_asks_anew_the_next_time(browser: Browser, link: PluginLink) -> None:
    browser.connect()
    for body in (b'{"n": 1}', b'{"n": 2}'):
        with (
            meanwhile(partial(answer_next, browser, body)),
            link.for_step(7, LOOK),
        ):
            assert link.send(READ, "read").body == body


def test_a_worker_takes_up_the_command_that_a_dead_one_has_left(
    browser: Browser, link: PluginLink, settings: Settings
) -> None:
    settings.VINTED = {**settings.VINTED, "open_seconds": 10.0}
    browser.connect()
    left = PluginLink(link.account, task_id=7, part=ACT, _number=1)
    left._queue(WRITE, WRITE.described())

    with meanwhile(lambda: browser.answer(browser.hear())), link.for_step(7, ACT):
        link.send(WRITE, "make the draft")

    assert statuses() == [CommandStatus.ANSWERED]


def test_a_token_that_is_revoked_sends_its_browser_away(
    browser: Browser, account: Account, link: PluginLink
) -> None:
    browser.connect()
    assert tokens.revoke(account)

    assert browser.hear()["reason"] == "token"
    assert browser.close_code() == 4401
    with pytest.raises(OfflineError):
        link.send(READ, "read")
    assert browser.connect()["reason"] == "token"
