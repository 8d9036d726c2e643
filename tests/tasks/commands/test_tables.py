"""Tables lose nothing, however narrow the terminal is."""

from __future__ import annotations

import re

import pytest

from tasks.management.tables import Column, Row, render

COLUMNS = [Column("Tenant", width=8), Column("Job", right=True, width=7), Column("What", width=40)]
ROW = Row(["acme", 1234567, "publish “Wool scarf [red] 1” on ebay: refused"], "yellow")


def letters(text: str) -> str:
    return "".join(sorted(re.sub(r"\x1b\[[0-9;]*m|\s", "", text)))


@pytest.mark.parametrize("width", [20, 40, 61, 80, 200])
def test_a_narrow_terminal_folds_and_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = render(COLUMNS, [ROW], terminal=True, header=False)
    assert letters(text) == letters("".join(map(str, ROW.cells)))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width


def test_in_a_pipe_a_row_is_one_line_without_colours() -> None:
    text = render(COLUMNS, [ROW, ROW], terminal=False)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3
    assert text.splitlines()[1] == f"acme      1234567  {ROW.cells[2]}"
