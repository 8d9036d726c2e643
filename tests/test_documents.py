"""The drawings say what the code does."""

from __future__ import annotations

import itertools
import re
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


@pytest.mark.parametrize(("section", "table"), [("Job", JOB_MOVES), ("Task", TASK_MOVES)])
def test_the_diagram_shows_the_table_of_moves(section: str, table: object) -> None:
    moves = JOB_MOVES if table is JOB_MOVES else TASK_MOVES
    allowed = {(former.value, wanted.value) for former, all_ in moves.items() for wanted in all_}
    assert drawn(section) == allowed


def test_the_diagram_of_a_batch_shows_every_status_that_its_jobs_can_lead_to() -> None:
    reached = {
        batch_status(JobCounts(4, *counts, started=True)).value
        for counts in itertools.product(range(5), repeat=4)
        if sum(counts) <= 4
    }
    shown = {status for move in drawn("Batch") for status in move}
    assert shown == {status.value for status in BatchStatus}
    assert reached <= shown
