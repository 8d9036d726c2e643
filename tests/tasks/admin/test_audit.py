"""What staff did is kept in one list and shown on what they did it to."""

from __future__ import annotations

import re

from tasks.models import StaffAction
from tests.tasks.admin.conftest import Browser, text_of
from tests.tasks.admin.failed_jobs import failed, failed_batch
from tests.tasks.admin.pressing import (
    ACTIONS,
    BATCHES,
    JOBS,
    choose,
    newest,
    press,
    words_of,
)
from tests.tasks.conftest import Bench


class TestAudit:
    def test_it_is_filtered_by_person_kind_and_time(self, bench: Bench, member: Browser) -> None:
        press(member, "retry", failed(bench), reason="first reason")
        press(member, "cancel", bench.request(), reason="second reason")
        StaffAction.objects.filter(kind="cancel").update(by="sam", at="2020-01-01T00:00:00Z")
        for query, shown in (
            ({"by": "mia"}, "first"),
            ({"kind": "cancel"}, "second"),
            ({"since": "day"}, "first"),
            ({"q": "second"}, "second"),
        ):
            page = text_of(member.get(ACTIONS, **query))
            assert re.findall(r"(\w+) reason<", page) == [shown], query

    def test_an_action_is_shown_on_its_job(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        press(member, "retry", job, reason="price is right now")
        page = words_of(text_of(member.get(f"{JOBS}{job.pk}/change/")))
        assert "Staff actions Retry by mia" in page
        assert "price is right now It will run again" in page
        other = words_of(text_of(member.get(f"{JOBS}{bench.request().pk}/change/")))
        assert "Retry by mia" not in other

    def test_an_action_is_shown_on_its_batch(self, bench: Bench, member: Browser) -> None:
        batch = failed_batch(bench, 2)
        choose(member, "retry_failed_jobs", batch, page=BATCHES).confirm(member, "fixed")
        for page in ("change", "history"):
            text = words_of(text_of(member.get(f"{BATCHES}{batch.pk}/{page}/")))
            assert "Staff actions Retry by mia" in text, page
            assert "fixed 2 jobs" in text, page

    def test_nobody_changes_or_deletes_a_line_of_it(self, bench: Bench, superuser: Browser) -> None:
        press(superuser, "retry", failed(bench))
        page = f"{ACTIONS}{newest().pk}/"
        assert superuser.post(f"{page}change/", reason="other").status_code == 403
        assert superuser.get(f"{page}delete/").status_code == 403
        assert superuser.get(f"{ACTIONS}add/").status_code == 403
