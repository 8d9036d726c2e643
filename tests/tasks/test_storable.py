"""Answers of strangers hold what PostgreSQL does not take, and are kept all the same."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from tasks import storable
from tasks.models import TaskAttempt
from tasks.progress import as_json
from tests.tasks.conftest import Bench

SHOWN = "\ufffd"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a\0b", f"a{SHOWN}b"),
        ("half \ud83d", f"half {SHOWN}"),
        ("the wrong way round \ude00\ud83d", f"the wrong way round {SHOWN}{SHOWN}"),
        ("whole 😀", "whole 😀"),
        (r"written out: \u0000 \ud83d", r"written out: \u0000 \ud83d"),
        ("\\\\\0é\\", f"\\\\{SHOWN}é\\"),
    ],
)
@pytest.mark.usefixtures("tenant")
def test_what_cannot_be_stored_is_replaced_and_nothing_else(said: str, kept: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb, %s::text", [as_json({said: said}), storable.text(said)])
        row = cursor.fetchone()
    stored = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    assert stored == {kept: kept}
    assert row[1] == kept


def test_a_failure_is_recorded_whatever_the_marketplace_said(bench: Bench) -> None:
    job = bench.request(script={"create": ["unstorable"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.error_message, job.error_advice) == (
        "FAILED", f"No.{SHOWN}{SHOWN}", f"Ask{SHOWN}.",
    )  # fmt: skip
    assert TaskAttempt.objects.get().evidence == {"body": f"{SHOWN}garbage"}
