"""The drawings say what the code does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from django.conf import settings

from tasks.states import JOB_MOVES, TASK_MOVES, BatchStatus, JobCounts, batch_status

STATES = Path(settings.BASE_DIR) / "docs" / "states.md"
BLOCK = re.compile(r"^## (\w+)\n.*?^```mermaid\n(.*?)^```", re.DOTALL | re.MULTILINE)
MOVE = re.compile(r"^    ([A-Z_]+) --> ([A-Z_]+)(?::|$)", re.MULTILINE)


def drawn(section: str) -> set[tuple[str, str]]:
    blocks = dict(BLOCK.findall(STATES.read_text()))
    return set(MOVE.findall(blocks[section]))


Table = Mapping[StrEnum, frozenset[StrEnum]]


@pytest.mark.parametrize(("section", "table"), [("Job", JOB_MOVES), ("Task", TASK_MOVES)])
def test_the_diagram_shows_the_table_of_moves(section: str, table: Table) -> None:
    allowed = {(former.value, wanted.value) for former in table for wanted in table[former]}
    assert drawn(section) == allowed


def test_the_diagram_of_a_batch_shows_every_status_that_its_jobs_can_lead_to() -> None:
    reached = {
        batch_status(JobCounts(4, done, failed, cancelled, expired, started=True)).value
        for done, failed, cancelled, expired in itertools.product(range(5), repeat=4)
        if done + failed + cancelled + expired <= 4
    }
    shown = {status for move in drawn("Batch") for status in move}
    assert shown == {status.value for status in BatchStatus}
    assert reached <= shown
