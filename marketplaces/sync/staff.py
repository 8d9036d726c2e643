"""What staff do about an account's own runs: ask for one now, change the intervals; recorded."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from marketplaces.models import Account
from marketplaces.sync import schedule
from tasks import requests, staff_actions
from tasks.dispatch import turns
from tasks.models import Priority, StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.wording import action_in_english

INTERVALS_KIND = "sync_intervals"
SHORTEST_MINUTES = 5


def ask_now(account: Account, action: str, wish: Wish) -> StaffActionOutcome:
    """A run begins as soon as a worker is free; one that waits for its time is brought forward.

    Not done, and recorded so, when one waits that is due already: asking again changes nothing.
    """
    with transaction.atomic():
        recorded, is_new = staff_actions.begin(wish)
        if is_new:
            staff_actions.record(recorded, [_ask(account, action, wish)])
    turns.measure(account.pk)
    return recorded.outcomes.get()


def _ask(account: Account, action: str, wish: Wish) -> StaffActionOutcome:
    waiting = schedule.waits_already(account, action)
    if waiting is not None:
        said = sentence("It waits already, and begins as soon as it can.")
        return _about(account, said, job_id=waiting, done=False)
    asked = requests.request_job(account, action, priority=Priority.HIGH, requested_by=wish.by)
    said = (
        sentence("It is queued.")
        if asked.created
        else sentence("The run that was waiting begins now.")
    )
    return _about(account, said, job_id=asked.job_id)


def set_intervals(account: Account, minutes: Mapping[str, int | None], wish: Wish) -> StaffAction:
    """`minutes` by action; None: no more by itself. What waits for a later time is moved."""
    with transaction.atomic():
        recorded, is_new = staff_actions.begin(wish)
        if is_new:
            for action, number in minutes.items():
                setattr(account, schedule.INTERVALS[action], number)
            fields = [schedule.INTERVALS[action] for action in minutes]
            account.save(update_fields=[*fields, "updated_at"])
            schedule.change(account)
            said = " ".join(_told(action, number) for action, number in minutes.items())
            staff_actions.record(recorded, [_about(account, said)])
    return recorded


def _told(action: str, minutes: int | None) -> str:
    does = action_in_english(action)
    if minutes is None:
        return sentence("{action}: only when somebody asks.", action=does)
    return sentence("{action}: every {minutes} minutes.", action=does, minutes=minutes)


def _about(
    account: Account, said: str, *, job_id: int | None = None, done: bool = True
) -> StaffActionOutcome:
    return StaffActionOutcome(
        job_id=job_id, account_id=account.pk, subject=account.name, done=done, sentence=said
    )
