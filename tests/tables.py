"""Tables that tests hand over, shown at the end of the run, whichever process ran the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

PROPERTY = "table"


def hand_over(
    test: pytest.Item, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    test.user_properties.append((PROPERTY, {"title": title, "rows": [[*head], *map(list, rows)]}))


def show(terminal: pytest.TerminalReporter) -> None:
    for reports in terminal.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, table in report.user_properties:
                    if name == PROPERTY:
                        _show(terminal, table)


def _show(terminal: pytest.TerminalReporter, table: dict[str, Any]) -> None:
    head, *rows = table["rows"]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    terminal.section(f"{table['title']}: {len(rows)}")
    for row in [head, *sorted(rows)]:
        cells = zip(row, widths, strict=True)
        terminal.write_line("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
