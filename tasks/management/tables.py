"""Tables for a person: colours and the width of the terminal there, plain text in a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

_PIPE_WIDTH = 1000
"""In a pipe nothing is cut or wrapped, so that lines can be searched."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    right: bool = False
    width: int = 0
    """At least so wide in a pipe: keeps the pages of one long table in line. On a terminal it
    would push the last columns off the edge."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `style` is rich's, seen on a terminal only."""

    cells: Sequence[object]
    style: str = ""


def render(
    columns: Sequence[Column], rows: Iterable[Row], *, terminal: bool, header: bool = True
) -> str:
    """The table as text, a line break at its end."""
    table = Table(box=None, pad_edge=False, show_header=header, header_style="bold")
    for column in columns:
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            min_width=0 if terminal else column.width,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(one_line(cell) for cell in row.cells), style=row.style or None)
    return _as_text(table, terminal=terminal)


def one_line(value: object) -> str:
    """A value on one line, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in str(value))


def _as_text(table: Table, *, terminal: bool) -> str:
    console = Console(
        file=io.StringIO(),
        width=None if terminal else _PIPE_WIDTH,
        force_terminal=terminal,
        no_color=not terminal,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as capture:
        console.print(table)
    lines = capture.get().splitlines()
    return "\n".join(line if terminal else line.rstrip() for line in lines) + "\n"
