"""How values of a file are quoted in a message: short, on one line, and harmless to a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tasks.sentences import sentence

LONGEST_QUOTE = 60


def quoted(value: str) -> str:
    """The value in quotation marks; what a terminal might obey becomes a question mark."""
    visible = "".join(char if char.isprintable() else "?" for char in value[: LONGEST_QUOTE + 1])
    if len(visible) > LONGEST_QUOTE:
        visible = visible[: LONGEST_QUOTE - 1] + "…"
    return f"“{visible}”"


def listed(values: Sequence[str], *, most: int = 12) -> str:
    """The values with commas between them, the rest as a count."""
    shown = ", ".join(quoted(value) for value in values[:most])
    rest = len(values) - most
    return sentence("{shown} and {rest} more", shown=shown, rest=rest) if rest > 0 else shown


def lines(numbers: Iterable[int]) -> str:
    """`line 7`, or `lines 7, 9`."""
    ordered = sorted(set(numbers))
    if len(ordered) == 1:
        return sentence("line {number}", number=ordered[0])
    return sentence("lines {numbers}", numbers=", ".join(map(str, ordered)))
