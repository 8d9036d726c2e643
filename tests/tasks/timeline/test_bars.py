"""What the rows of a job, its tasks and its attempts become on one axis of time."""

from __future__ import annotations

import pytest

from tasks.pauses import Pause
from tasks.timeline import Retry, words
from tests.tasks.timeline.builders import (
    at,
    attempt,
    bars,
    drawn,
    job,
    lane,
    leased,
    pause,
    task,
)

DONE = task(1, "COMPLETED", 1.1, 2)


def test_a_job_that_never_started_waits_from_when_it_was_asked_for() -> None:
    timeline = drawn(job("PENDING", started_at=None, run_started_at=None), now=30)
    assert bars(timeline.rows[0]) == [("queue", 0, 30)]
    assert timeline.rows[0].bars[0].is_open
    assert timeline.tasks == []


def test_a_job_that_is_to_start_later_waits_for_its_time() -> None:
    waiting = job("PENDING", started_at=None, run_started_at=None, run_after=500)
    timeline = drawn(waiting, now=30)
    assert bars(timeline.rows[0]) == [("scheduled", 0, 30)]
    assert timeline.waits_for is not None
    assert timeline.waits_for.until == at(500)


def test_an_expired_job_waited_until_it_expired() -> None:
    expired = job("EXPIRED", started_at=None, run_started_at=None, completed_at=60)
    timeline = drawn(expired, now=1000)
    assert bars(timeline.rows[0]) == [("queue", 0, 60)]
    assert not timeline.is_live


def test_the_queue_the_planning_and_each_step_are_bars_of_their_own() -> None:
    timeline = drawn(job("COMPLETED", completed_at=4), DONE, task(2, "COMPLETED", 2, 4), now=1000)
    assert [bars(row) for row in timeline.rows] == [
        [("queue", 0, 1), ("plan", 1, 1.1)],
        [("done", 1.1, 2)],
        [("done", 2, 4)],
    ]
    assert timeline.worked_seconds == pytest.approx(3)
    assert timeline.waited_seconds == 1


def test_the_running_step_grows_until_now() -> None:
    timeline = drawn(leased(), DONE, task(2, "RUNNING", 2), now=9)
    assert bars(timeline.rows[2]) == [("running", 2, 9)]
    assert timeline.rows[2].bars[0].is_open
    assert timeline.next is timeline.rows[2]
    assert timeline.waits_for is None


def test_each_try_is_a_bar_and_what_lies_between_is_waiting() -> None:
    tries = (attempt(2, "TRANSIENT", 2, 3), attempt(2, "TRANSIENT", 8, 9))
    timeline = drawn(
        job("COMPLETED", completed_at=21), DONE, task(2, "COMPLETED", 20, 21), tries=tries
    )
    assert bars(timeline.rows[2]) == [
        ("retried", 2, 3),
        ("retry", 3, 8),
        ("retried", 8, 9),
        ("retry", 9, 20),
        ("done", 20, 21),
    ]


def test_a_job_that_waits_for_a_retry_waits_at_the_failed_step() -> None:
    waiting = job(run_after=60, wait_reason="RETRY")
    timeline = drawn(
        waiting, DONE, task(2, "FAILED", 2), tries=(attempt(2, "TRANSIENT", 2, 3),), now=30
    )
    assert bars(timeline.rows[2]) == [("retried", 2, 3), ("retry", 3, 30)]
    assert timeline.asked_for is timeline.rows[2]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("RateLimitedError", "limit"),
        ("AuthorizationError", "consent"),
        ("ReceiptGoneError", "receipts"),
        ("LookFailedError", "retry"),
        ("NoLongerKnownError", "retry"),
    ],
)
def test_the_error_of_a_try_tells_what_was_waited_for_after_it(error: str, reason: str) -> None:
    timeline = drawn(
        job("COMPLETED", completed_at=21),
        task(1, "COMPLETED", 20, 21),
        tries=(attempt(1, "TRANSIENT", 1, 3, error),),
    )
    assert bars(timeline.rows[1])[1] == (reason, 3, 20)


def test_a_worker_s_death_leaves_a_try_that_ends_when_it_was_noticed() -> None:
    timeline = drawn(
        job("COMPLETED", completed_at=21),
        task(1, "COMPLETED", 20, 21),
        tries=(attempt(1, "INTERRUPTED", 1, 17, "WorkerDiedError"),),
    )
    assert bars(timeline.rows[1]) == [("lost", 1, 17), ("worker", 17, 20), ("done", 20, 21)]
    assert timeline.rows[1].worked_seconds == 1


def test_a_lost_answer_that_a_look_clears_up_is_found_and_not_done_twice() -> None:
    timeline = drawn(
        job("COMPLETED", completed_at=18),
        task(1, "COMPLETED", 1, 18),
        tries=(attempt(1, "UNKNOWN", 1, 3, "OutcomeUnknownError"),),
    )
    kinds = [kind for kind, _, _ in bars(timeline.rows[1])]
    assert kinds == ["unknown", "look", "found"]
    assert timeline.rows[1].bars[-1].end == at(18)


def test_an_unknown_step_is_what_a_person_wants_to_see() -> None:
    failed = job("FAILED", completed_at=30, needs_person=True)
    tries = tuple(attempt(1, "UNKNOWN", start, start + 1) for start in (1, 10, 29))
    timeline = drawn(failed, task(1, "UNKNOWN", 1), task(2), tries=tries)
    assert [kind for kind, _, _ in bars(timeline.rows[1])] == [
        "unknown", "look", "unknown", "look", "unknown",
    ]  # fmt: skip
    assert timeline.asked_for is timeline.rows[1]


def test_who_holds_a_job_with_an_unknown_step_is_looking() -> None:
    tries = (attempt(1, "UNKNOWN", 1, 3),)
    timeline = drawn(leased(run_after=20), task(1, "UNKNOWN", 1), tries=tries, now=22)
    assert bars(timeline.rows[1]) == [("unknown", 1, 3), ("look", 3, 20), ("running", 20, 22)]


def test_a_job_that_is_being_planned_works_before_its_first_step() -> None:
    timeline = drawn(leased(), now=2)
    assert bars(timeline.rows[0]) == [("queue", 0, 1), ("plan", 1, 1), ("plan", 1, 2)]


def test_a_failed_planning_stands_before_the_first_step() -> None:
    failed = job("FAILED", completed_at=1.5)
    timeline = drawn(failed, tries=(attempt(None, "PERMANENT", 1.5, 1.5),))
    assert ("failed", 1.5, 1.5) in bars(timeline.rows[0])


def test_a_retry_after_half_was_done_shows_both_runs_and_the_time_between() -> None:
    retried = job("COMPLETED", run_started_at=1000, completed_at=1003)
    timeline = drawn(
        retried,
        task(1, "COMPLETED", 1000.1, 1000.5),
        task(2, "COMPLETED", 2, 3),
        task(3, "COMPLETED", 1000.5, 1003),
        tries=(attempt(3, "PERMANENT", 3, 4),),
        now=2000,
    )
    assert bars(timeline.rows[0])[-2:] == [("ended", 4, 1000), ("plan", 1000, 1000.1)]
    assert bars(timeline.rows[2]) == [("done", 2, 3)]
    assert bars(timeline.rows[3]) == [("failed", 3, 4), ("done", 1000.5, 1003)]


def test_a_retry_that_has_not_started_yet_waits_for_its_turn() -> None:
    timeline = drawn(
        job("PENDING"), task(1, "FAILED", 1), tries=(attempt(1, "PERMANENT", 1, 2),), now=50
    )
    assert bars(timeline.rows[1]) == [("failed", 1, 2), ("queue", 2, 50)]


def test_a_job_that_was_let_go_between_two_steps_waits_for_its_turn() -> None:
    timeline = drawn(job("COMPLETED", completed_at=31), DONE, task(2, "COMPLETED", 30, 31), now=40)
    assert bars(timeline.rows[2]) == [("turn", 2, 30), ("done", 30, 31)]


def test_a_cancelled_job_ends_at_the_first_step_that_was_dropped() -> None:
    cancelled = job("CANCELLED", completed_at=50)
    timeline = drawn(cancelled, DONE, task(2, "CANCELLED"), task(3, "CANCELLED"))
    assert bars(timeline.rows[2]) == [("turn", 2, 50)]
    assert (timeline.done, len(timeline.wanted)) == (1, 3)


def test_what_a_newer_plan_dropped_does_not_count() -> None:
    timeline = drawn(job("COMPLETED", completed_at=2), DONE, task(2, "CANCELLED"))
    assert (timeline.done, len(timeline.wanted)) == (1, 1)


@pytest.mark.parametrize(
    ("stops", "reason"),
    [
        ({"paused_at": at(2), "paused_by": "kim"}, "account_paused"),
        ({"consent_needed_at": at(5)}, "consent"),
        ({"offline_since": at(5)}, "offline"),
        ({"offline_since": at(5), "paused_at": at(2)}, "account_paused"),
        ({"offline_since": at(5), "blocked_until": at(900)}, "offline"),
        ({"rests_until": at(900)}, "turn"),
        ({"blocked_until": at(900)}, "limit"),
        ({"blocked_until": at(20)}, "turn"),
    ],
)
def test_a_stopped_account_is_what_its_jobs_wait_for(stops: dict[str, object], reason: str) -> None:
    timeline = drawn(job(wait_reason="TURN"), DONE, task(2), now=30, on=lane(**stops))
    assert bars(timeline.rows[2]) == [(reason, 2, 30)]


def test_on_an_account_that_rests_a_wait_between_two_steps_is_not_said_to_be_for_a_turn() -> None:
    done = job("COMPLETED", completed_at=31)
    timeline = drawn(done, DONE, task(2, "COMPLETED", 30, 31), on=lane(rests_until=at(3)))
    assert bars(timeline.rows[2]) == [("spaced", 2, 30), ("done", 30, 31)]


def test_a_pause_of_the_job_itself_comes_before_all_other_reasons() -> None:
    paused = job(wait_reason="PAUSED", paused_at=10, paused_by="kim", pause_reason="Sale")
    timeline = drawn(paused, DONE, task(2), on=lane(paused_at=at(5)))
    wait = timeline.waits_for
    assert wait is not None
    assert (wait.reason.value, wait.by, wait.because) == ("paused", "kim", "Sale")


def test_a_pause_that_is_over_stays_on_the_timeline_with_who_and_why() -> None:
    resumed = job("COMPLETED", completed_at=31, pauses=[pause(5, 20, reason="Sale")])
    timeline = drawn(resumed, DONE, task(2, "COMPLETED", 30, 31), now=40)
    assert bars(timeline.rows[2]) == [
        ("turn", 2, 5), ("paused", 5, 20), ("turn", 20, 30), ("done", 30, 31),
    ]  # fmt: skip
    assert words.bar_words(timeline.rows[2].bars[1]) == "paused by kim (Sale), 15 s"


def test_a_pause_that_began_during_a_step_is_drawn_from_the_step_s_end() -> None:
    resumed = job("COMPLETED", completed_at=31, pauses=[pause(1.5, 29.9)])
    timeline = drawn(resumed, DONE, task(2, "COMPLETED", 30, 31), now=40)
    assert bars(timeline.rows[2]) == [("paused", 2, 29.9), ("done", 30, 31)]


def test_several_pauses_before_the_first_step_are_drawn_one_by_one() -> None:
    pauses = [pause(1, 4), pause(6, 8, by="lee")]
    waiting = job("PENDING", started_at=None, run_started_at=None, pauses=pauses)
    assert bars(drawn(waiting, now=9).rows[0]) == [
        ("queue", 0, 1), ("paused", 1, 4), ("queue", 4, 6), ("paused", 6, 8), ("queue", 8, 9),
    ]  # fmt: skip


def test_the_pause_in_force_begins_when_it_was_asked_for_and_is_open() -> None:
    paused = job(paused_at=10, paused_by="kim", pauses=[pause(3, 5)])
    row = drawn(paused, DONE, task(2), now=30).rows[2]
    assert bars(row) == [("turn", 2, 3), ("paused", 3, 5), ("turn", 5, 10), ("paused", 10, 30)]
    assert [bar.is_open for bar in row.bars] == [False, False, False, True]


def test_pauses_of_the_account_are_told_apart_from_those_of_the_job() -> None:
    over = Pause(at(5), at(20), "kim", "Stocktaking", is_of_account=True)
    done = job("COMPLETED", completed_at=31)
    timeline = drawn(done, DONE, task(2, "COMPLETED", 30, 31), account_pauses=[over])
    assert ("account_paused", 5, 20) in bars(timeline.rows[2])
    said = words.bar_words(timeline.rows[2].bars[1])
    assert said == "the account's work was paused by kim (Stocktaking), 15 s"


def test_pauses_that_overlap_make_no_overlapping_bars() -> None:
    over = Pause(at(4), at(12), "lee", "", is_of_account=True)
    resumed = job("COMPLETED", completed_at=31, pauses=[pause(6, 20)])
    timeline = drawn(resumed, DONE, task(2, "COMPLETED", 30, 31), account_pauses=[over])
    assert bars(timeline.rows[2])[:-1] == [
        ("turn", 2, 4), ("account_paused", 4, 12), ("paused", 12, 20), ("turn", 20, 30),
    ]  # fmt: skip


def test_a_job_that_was_cancelled_while_paused_shows_the_pause() -> None:
    cancelled = job("CANCELLED", completed_at=50, pauses=[pause(10, 50)])
    timeline = drawn(cancelled, DONE, task(2, "CANCELLED"))
    assert bars(timeline.rows[2]) == [("turn", 2, 10), ("paused", 10, 50)]


@pytest.mark.parametrize("reason", ["CONSENT", "OFFLINE"])
def test_a_stop_that_was_lifted_leaves_nothing_to_wait_for_but_a_turn(reason: str) -> None:
    timeline = drawn(job(wait_reason=reason), DONE, task(2), on=lane())
    assert timeline.waits_for is not None
    assert timeline.waits_for.reason.value == "turn"


def test_clocks_that_disagree_make_no_bar_of_less_than_nothing() -> None:
    odd = job("COMPLETED", started_at=-5, run_started_at=-5, completed_at=-1)
    tries = (attempt(1, "TRANSIENT", 9, 3), attempt(1, "TRANSIENT", 2, 2.5))
    timeline = drawn(odd, task(1, "COMPLETED", 8, 4), task(2, "RUNNING", 500), tries=tries, now=-9)
    every = [bar for row in timeline.rows for bar in row.bars]
    assert every
    assert all(bar.end >= bar.start for bar in every)
    for collapse in (True, False):
        scale = timeline.scale(collapse=collapse)
        assert all(0 <= scale.place(bar.start) <= scale.place(bar.end) <= 100 for bar in every)


def test_two_thousand_steps_are_rows_with_a_bar_each() -> None:
    tasks = [task(n, "COMPLETED", n, n + 1) for n in range(1, 2001)]
    timeline = drawn(job("COMPLETED", completed_at=2001), *tasks, now=3000)
    assert timeline.done == 2000
    assert all(len(row.work) == 1 and not row.waits for row in timeline.tasks)


def test_time_in_which_a_job_had_ended_is_neither_working_nor_waiting() -> None:
    timeline = drawn(
        job("COMPLETED", run_started_at=1000, completed_at=1003),
        task(1, "COMPLETED", 1000, 1003),
        tries=(attempt(1, "TRANSIENT", 1, 4),),
        retries=[Retry(at(990), "kim")],
    )
    assert bars(timeline.rows[0]) == [
        ("queue", 0, 1), ("plan", 1, 1), ("ended", 4, 990), ("queue", 990, 1000),
        ("plan", 1000, 1000),
    ]  # fmt: skip
    assert (timeline.worked_seconds, timeline.waited_seconds) == (6, 11)
    assert words.bar_words(timeline.rows[0].bars[2]) == "ended; retried by kim after 16 min 26 s"


def test_a_retried_job_waits_for_its_turn_since_the_retry_only() -> None:
    timeline = drawn(
        job("PENDING"), task(1, "FAILED", 1), tries=(attempt(1, "PERMANENT", 1, 2),), now=5000,
        retries=[Retry(at(4990), "kim")],
    )  # fmt: skip
    assert bars(timeline.rows[1]) == [("failed", 1, 2), ("ended", 2, 4990), ("queue", 4990, 5000)]
    assert timeline.rows[1].bars[-1].is_open
    assert timeline.waited_seconds == 11


def test_a_retry_does_not_cut_the_waiting_of_a_later_run() -> None:
    timeline = drawn(
        job("COMPLETED", run_started_at=50, completed_at=90),
        task(1, "COMPLETED", 80, 90),
        tries=(attempt(1, "PERMANENT", 1, 2), attempt(1, "TRANSIENT", 50, 60)),
        retries=[Retry(at(45), "kim")],
    )
    assert ("retry", 60, 80) in bars(timeline.rows[1])
    assert ("ended", 2, 45) in bars(timeline.rows[0])


def test_a_pause_of_the_account_while_the_job_had_ended_paused_nothing_of_it() -> None:
    timeline = drawn(
        job("PENDING"), task(1, "FAILED", 1), tries=(attempt(1, "PERMANENT", 1, 2),), now=100,
        retries=[Retry(at(90), "kim")],
        account_pauses=[Pause(at(10), at(20), "sam", "", is_of_account=True)],
    )  # fmt: skip
    assert bars(timeline.rows[1]) == [("failed", 1, 2), ("ended", 2, 90), ("queue", 90, 100)]
