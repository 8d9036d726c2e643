"""Finding rows by the words of a text, through an index and without an extension of PostgreSQL.

A word is found by its beginning, in any case and order: "blue mu" finds "Mug, blue". A part from
the middle of a word is not found: that would need an extension, or a look at every row. Column and
question are split at the same signs, so that "t-shirt" and "S/M" are two words each.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import BooleanField, Expression, Func, Q, QuerySet, TextField, Value

_SPLITTING = "-/.:@_+<>&=?~"
"""Signs that PostgreSQL's parser would take for a part of an address, a number or a tag."""
_WORD = re.compile(r"[^\W_]+")


class Words(Func):
    """The words of a text column, as the indexes of the migrations have them: word for word."""

    template = (
        "to_tsvector('simple', translate(%(expressions)s, "
        f"'{_SPLITTING}', '{' ' * len(_SPLITTING)}'))"
    )
    output_field = TextField()


class IsAnyOf(Func):
    """Whether a column is in a sub-query that is read once, first, so that indexes can be used."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, rows: QuerySet[Any, Any]) -> None:
        super().__init__(column, _Array(rows))


class _Matches(Func):
    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Query(Func):
    template = "to_tsquery('simple', %(expressions)s)"
    output_field = TextField()


class _Array(Func):
    template = "ARRAY%(expressions)s"
    output_field = TextField()

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        super().__init__(rows)


def has_words(column: str, text: str) -> Q:
    """Rows in whose column every word of `text` begins a word; none when `text` has no word."""
    words = _WORD.findall(text)
    if not words:
        return Q(pk__in=[])
    question = _Query(Value(" & ".join(f"'{word}':*" for word in words)))
    return Q(_matches(Words(column), question))


def _matches(words: Expression, question: Expression) -> Expression:
    return _Matches(words, question)
