"""What a person reads and hears of a timeline."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from tasks.clocks import clock, lasting, moment_of
from tasks.errors import RefusalInDoubtError
from tasks.models import MarketplaceJob
from tasks.standstill import Standstill
from tasks.timeline import AttemptFacts, Fold, Row, Situation, fold, situation_of, words
from tests.tasks.timeline.builders import at, attempt, drawn, job, lane, leased, task

DONE = task(1, "COMPLETED", 1.1, 2)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 ms"),
        (0.0204, "20 ms"),
        (3.21, "3.2 s"),
        (9.97, "10 s"),
        (59.7, "1 min 00 s"),
        (65, "1 min 05 s"),
        (11_520, "3 h 12 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_durations_are_as_exact_as_a_person_needs_them(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


def test_a_fraction_of_a_second_is_written_as_the_language_has_it() -> None:
    with translation.override("fr"):
        assert lasting(3.21).startswith("3,2")


def test_a_row_says_in_words_what_its_bars_show() -> None:
    tries = (attempt(2, "TRANSIENT", 2, 3), attempt(2, "PERMANENT", 10, 12.2))
    timeline = drawn(job("FAILED", completed_at=12.2), DONE, task(2, "FAILED", 10), tries=tries)
    said = words.row_words(timeline.rows[2])
    assert said == (
        "failed, working 3.2 s, 2 attempts, waiting before the next try, 7.0 s, last at 12:00:12"
    )


def test_a_row_that_waits_says_for_what() -> None:
    timeline = drawn(job(wait_reason="LIMIT", run_after=900), DONE, task(2))
    assert words.status_words(timeline.rows[2]) == "waiting for the marketplace's limit"
    queued = drawn(job("PENDING", started_at=None, run_started_at=None))
    assert words.status_words(queued.rows[0]) == "waiting for its turn"


def test_times_are_those_of_the_person_s_time_zone() -> None:
    with timezone.override("Europe/Paris"):
        assert clock(at(0)) == "14:00:00"
        assert moment_of(at(0), at(5)) == "14:00:00"
        assert moment_of(at(86_400), at(0)) == "May 5, 14:00:00"


def test_short_jobs_show_every_step() -> None:
    tasks = [task(n, "COMPLETED", n, n + 1) for n in range(1, 31)]
    rows = drawn(job("COMPLETED", completed_at=31), *tasks).tasks
    assert fold(rows) == rows


def test_long_jobs_fold_what_has_nothing_to_tell() -> None:
    quiet = [task(n, "COMPLETED", n, n + 1) for n in range(1, 2001)]
    quiet[998] = task(999, "FAILED", 999)
    tries = (attempt(999, "PERMANENT", 999, 1000),)
    shown = fold(drawn(job("FAILED", completed_at=2001), *quiet, tries=tries).tasks)
    folds = [one for one in shown if isinstance(one, Fold)]
    assert [(one.first, one.last) for one in folds] == [(1, 998), (1000, 2000)]
    assert [one.position for one in shown if isinstance(one, Row)] == [999]


def test_a_row_that_is_open_is_never_folded_away() -> None:
    tasks = [task(n, "COMPLETED", n, n + 1) for n in range(1, 101)]
    rows = drawn(job("COMPLETED", completed_at=101), *tasks).tasks
    shown = fold(rows, apart={50})
    assert [one.position for one in shown if isinstance(one, Row)] == [50]


def test_thousands_of_steps_that_were_tried_twice_are_folded_too() -> None:
    tasks = [task(n, "COMPLETED", n + 0.5, n + 1) for n in range(1, 2001)]
    tries = tuple(attempt(n, "TRANSIENT", n, n + 0.4) for n in range(1, 2001))
    rows = drawn(job("COMPLETED", completed_at=2001), *tasks, tries=tries).tasks
    [only] = fold(rows)
    assert isinstance(only, Fold)
    assert len(only.rows) == 2000


def said(of: MarketplaceJob, *facts: object, **options: object) -> Situation:
    behind = str(options.pop("behind", ""))
    now = float(str(options.get("now", 100.0)))
    timeline = drawn(of, *facts, **options)  # type: ignore[arg-type]
    return situation_of(of, timeline, marketplace="eBay", now=at(now), behind=behind)


def test_a_working_job_says_at_which_step_it_is() -> None:
    situation = said(leased(), DONE, task(2, "RUNNING", 2), task(3))
    assert (situation.mood.value, situation.sentence) == ("working", "Step 2 of 3: Step 2")


def test_a_worker_that_is_not_heard_from_is_said_to_be_lost() -> None:
    situation = said(leased(leased_until=50), DONE, task(2, "RUNNING", 2))
    assert situation.status == "Worker lost"
    assert "host:1" in situation.sentence


def test_a_limit_is_named_with_its_marketplace_and_its_end() -> None:
    waiting = job(run_after=5_000, wait_reason="LIMIT", error_message="Too many calls.")
    situation = said(waiting, DONE, task(2))
    assert situation.sentence == "It waits for eBay's limit until 13:23:20."
    assert (situation.until, situation.because) == (at(5_000), "Too many calls.")


def test_a_rest_says_until_when_and_nothing_of_an_earlier_failure() -> None:
    resting = job(wait_reason="REST", error_message="It was busy.", error_advice="Wait.")
    situation = said(resting, DONE, task(2), on=lane(rests_until=at(105)))
    assert situation.sentence == "It pauses between two calls until 12:01:45; “Step 2” comes next."
    assert (situation.mood.value, situation.until, situation.because) == ("waiting", at(105), "")
    assert situation.advice == "Nothing to do: it goes on by itself."


def test_a_rest_that_is_over_names_no_time() -> None:
    situation = said(job(wait_reason="REST"), DONE, task(2), on=lane(rests_until=at(90)))
    assert (situation.until, "is over" in situation.sentence) == (None, True)


@pytest.mark.parametrize("status", ["PENDING", "RUNNING"])
def test_a_missing_seller_s_side_is_named_with_its_time_and_what_to_do(status: str) -> None:
    offline = lane(offline_since=at(-5_000), offline_reason="The browser is closed.")
    situation = said(job(status, wait_reason=""), DONE, task(2), on=offline)
    assert situation.sentence == (
        "It waits for the seller's side of Shop, which has been missing since 10:36."
    )
    assert (situation.mood.value, situation.because) == ("stopped", "The browser is closed.")
    assert situation.advice.startswith("Ask the seller to do what is said here.")


STANDSTILLS = {
    Standstill.NO_WORKERS: (
        "It waits: no workers are running.",
        "Ask the operators to start the workers. It then goes on by itself.",
        "waiting until workers are started",
        "No workers are running. Ask the operators to start them.",
    ),
    Standstill.CLOCKS: (
        "It waits: workers take no work until the clocks of their machines are right.",
        "Ask the operators to put the clocks right. It then goes on by itself.",
        "waiting until the clocks of the workers' machines are right",
        (
            "Workers take no work until the clocks of their machines are right. Ask the operators "
            "to put them right."
        ),
    ),
}
each_standstill = pytest.mark.parametrize("standstill", STANDSTILLS)


@each_standstill
@pytest.mark.parametrize("reason", ["", "TURN", "RETRY", "LOOK", "REST", "INTERRUPTED"])
def test_while_nobody_works_nothing_is_said_to_go_on_by_itself(
    reason: str, standstill: Standstill
) -> None:
    sentence, advice, row_words, _ = STANDSTILLS[standstill]
    waiting = job("RUNNING" if reason else "PENDING", wait_reason=reason)
    situation = said(waiting, DONE, task(2), standstill=standstill)
    assert (situation.mood.value, situation.sentence) == ("waiting", sentence)
    assert situation.advice == advice
    row = drawn(waiting, DONE, task(2), standstill=standstill).rows[2]
    assert words.status_words(row) == row_words


@each_standstill
def test_a_time_that_comes_while_nobody_works_is_no_promise(standstill: Standstill) -> None:
    waiting = job(run_after=5_000, wait_reason="RETRY", error_message="It was busy.")
    situation = said(waiting, DONE, task(2), standstill=standstill)
    assert situation.sentence.endswith("It is tried again at 13:23:20.")
    assert situation.advice == STANDSTILLS[standstill][3]


@each_standstill
def test_what_a_person_stopped_is_said_also_while_nobody_works(standstill: Standstill) -> None:
    situation = said(job("PENDING", paused_at=3, paused_by="Kim"), standstill=standstill)
    assert (situation.sentence, situation.advice) == (
        "It was paused by Kim.",
        "Resume the job when it may go on.",
    )


DOUBT = attempt(2, "UNKNOWN", 2, 3, "RefusalInDoubtError")
TOO_EARLY = attempt(2, "UNKNOWN", 10, 11, "LookFailedError")


@pytest.mark.parametrize(
    ("tries", "run_after", "when"),
    [
        ((DOUBT,), 5_000, "StoFlow looks at 13:23:20 whether that is so."),
        ((DOUBT, TOO_EARLY), 20, "StoFlow looks as soon as possible whether that is so."),
    ],
)
def test_a_refusal_in_doubt_is_told_in_the_marketplace_s_words(
    tries: tuple[AttemptFacts, ...], run_after: float, when: str
) -> None:
    waiting = job(wait_reason="LOOK", run_after=run_after, error_message="Too early to look.")
    waiting.error_class, waiting.error_advice = tries[-1].error_class, "Look."
    if tries[-1] is DOUBT:
        waiting.error_advice = RefusalInDoubtError.default_advice
    situation = said(waiting, DONE, task(2, "UNKNOWN", 2), tries=tries)
    assert situation.sentence == f"eBay refused “Step 2”. {when}"
    assert situation.because == DOUBT.message
    assert situation.advice == (
        "Nothing to do: it goes on by itself. The refusal is believed once a later look shows "
        "that nothing came of it."
    )
    row = drawn(waiting, DONE, task(2, "UNKNOWN", 2), tries=tries).rows[2]
    assert words.status_words(row) == "refused, to be confirmed, waiting"
    assert "refused, to be confirmed" in words.bar_words(row.work[0])


def test_an_answer_that_was_lost_is_no_refusal() -> None:
    lost = attempt(2, "UNKNOWN", 10, 11, "OutcomeUnknownError")
    waiting = job(wait_reason="LOOK", error_message="No answer.")
    situation = said(waiting, DONE, task(2, "UNKNOWN", 2), tries=(DOUBT, lost))
    assert situation.sentence.startswith("It is not known yet whether “Step 2” took effect.")


def test_refused_credentials_are_not_called_a_limit() -> None:
    waiting = job(run_after=5_000, wait_reason="APPLICATION", error_message="Unknown client.")
    situation = said(waiting, DONE, task(2))
    assert situation.sentence == (
        "eBay does not accept StoFlow's own credentials. It is tried again at 13:23:20."
    )
    tries = (attempt(2, "TRANSIENT", 2, 3, "ApplicationRefusedError"),)
    rows = drawn(job("RUNNING"), DONE, task(2, "RUNNING", 10), tries=tries).rows
    assert "waiting: the marketplace does not accept" in words.row_words(rows[2])


def test_a_failed_job_says_what_went_wrong_and_what_to_do() -> None:
    failed = job("FAILED", completed_at=9, error_message="No photo.", error_advice="Add one.")
    situation = said(failed, DONE, task(2, "FAILED", 2))
    assert (situation.sentence, situation.advice) == ("No photo.", "Add one.")
    assert situation.announcement == "Failed after 1 of 2 steps: No photo."


def test_a_question_says_which_step_nobody_knows_about() -> None:
    asked = job("FAILED", completed_at=9, needs_person=True, error_message="No answer.")
    situation = said(asked, DONE, task(2, "UNKNOWN", 2))
    assert situation.mood.value == "question"
    assert situation.sentence == "Nobody knows whether “Step 2” took effect."
    assert situation.because == "No answer."


def test_a_finished_job_is_announced_politely() -> None:
    situation = said(job("COMPLETED", completed_at=2), DONE)
    assert situation.announcement == "Finished: 1 of 1 step"


def test_a_pause_names_who_paused_and_why() -> None:
    paused = job("PENDING", paused_at=3, paused_by="Kim", pause_reason="New photos")
    situation = said(paused)
    assert (situation.mood.value, situation.status) == ("stopped", "Paused")
    assert (situation.sentence, situation.because) == ("It was paused by Kim.", "New photos")


def test_a_paused_account_is_named() -> None:
    situation = said(job("PENDING"), on=lane(paused_at=at(1), paused_by="Kim"))
    assert situation.sentence == "All work of Shop was paused by Kim."


def test_a_job_behind_another_one_of_its_product_says_so() -> None:
    situation = said(job("PENDING", product_id=5), behind="job 3 (Update on eBay)")
    assert situation.sentence.startswith("It waits until job 3 (Update on eBay) has ended")


@pytest.mark.parametrize("begun", [{}, {"wait_reason": "TURN"}])
def test_a_sweep_behind_another_one_of_its_account_says_so(begun: dict[str, str]) -> None:
    situation = said(job("PENDING", **begun), behind="job 3 (Fetch orders on eBay)")
    assert situation.sentence.startswith("It waits for job 3 (Fetch orders on eBay)")


@pytest.mark.parametrize(
    "reason",
    ["", "RETRY", "LOOK", "TURN", "SHUTDOWN", "PAUSED", "LIMIT", "CONSENT", "INTERRUPTED",
     "RECEIPTS", "CANCEL", "APPLICATION", "REST", "OFFLINE"],
)  # fmt: skip
@pytest.mark.parametrize("run_after", [0, 500])
def test_every_reason_to_wait_is_a_whole_sentence(reason: str, run_after: int) -> None:
    situation = said(job(wait_reason=reason, run_after=run_after), DONE, task(2))
    assert situation.sentence.endswith(".")
    assert "%(" not in situation.sentence
    assert situation.advice
