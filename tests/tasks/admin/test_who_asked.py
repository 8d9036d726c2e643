"""Not only persons ask for jobs; who or what did is told in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext, override

from tasks.admin.job_facts import facts_of
from tasks.sentences import translated
from tests.tasks.conftest import Bench

THE_INTERVAL = "the account's interval"


def test_who_asked_and_who_cancelled_are_translated_among_the_facts(bench: Bench) -> None:
    job = bench.request(requested_by=THE_INTERVAL)
    job.cancel_requested_by = THE_INTERVAL
    with override("fr"):
        in_french = translated(THE_INTERVAL)
        told = {fact.name: fact.text for fact in facts_of(job).facts}
        assert told[gettext("Asked by")] == told[gettext("Cancel asked for")] == in_french
    assert in_french != THE_INTERVAL
