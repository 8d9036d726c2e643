"""The fields of an account's settings, as the page draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces.connecting import Field, Flag, Found, Marketplace, Table, Text, account_settings
from marketplaces.connecting.fields import Choice, Options
from marketplaces.models import Account

EMPTY_ROWS = 3
MOST_ROWS = 50
"""Rows for the seller's words that have nothing yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    word: str = ""
    value: str = ""
    products: int = 0
    path: str = ""
    """Where the category is in the marketplace's tree, where the value is one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as the page draws it."""

    field: Field
    value: Any
    """A text, or for a table its rows."""
    options: Options = ()
    faults: tuple[str, ...] = ()
    path: str = ""
    uncovered: str = ""
    """How many products no row is for, as a sentence."""
    is_gap: bool = False
    """Whether those products cannot be published."""

    @property
    def kind(self) -> str:
        """Which control: text, select or table."""
        if self.field.kind == "table":
            return "table"
        return "select" if self.options else "text"

    @property
    def is_category(self) -> bool:
        return _is_category(self.field)

    @property
    def label(self) -> str:
        return str(self.field.label)

    @property
    def text(self) -> str:
        """The value in words, for those who may only look."""
        told = str(dict(self.options).get(self.value, self.value))
        return f"{told} · {self.path}" if self.path else told

    @property
    def filled_rows(self) -> list[tuple[str, str]]:
        """The rows of a table that say something, in words."""
        told = dict(self.options)
        return [
            (row.word, " · ".join(filter(None, [str(told.get(row.value, row.value)), row.path])))
            for row in self.value
            if row.value
        ]


def present(marketplace: Marketplace, account: Account) -> list[Shown]:
    """All fields with what is set now."""
    values = {field.name: field.shown(account.settings) for field in marketplace.fields}
    return list(shown(marketplace, account, values, {}))


def shown(
    marketplace: Marketplace,
    account: Account,
    values: Mapping[str, Any],
    faults: Mapping[str, list[str]],
) -> Iterator[Shown]:
    """All fields with `values`; products and categories are counted and looked up once."""
    choices = account.found.get("choices", {})
    paths = marketplace.category_paths(account, _numbers(marketplace, values))
    for field in marketplace.fields:
        value = values[field.name]
        told = tuple(faults.get(field.name, ()))
        if isinstance(field, Table):
            yield _table(field, values, choices, paths, told)
        else:
            text = ", ".join(value) if isinstance(value, list) else value
            options = _options(field, text, choices.get(field.name, []))
            path = paths.get(text, "") if _is_category(field) else ""
            yield Shown(field, text, options, told, path)


def _table(
    table: Table,
    values: Mapping[str, Any],
    choices: Mapping[str, list[list[str]]],
    paths: Mapping[str, str],
    faults: tuple[str, ...],
) -> Shown:
    set_here: Mapping[str, str] = values[table.name]
    used = account_settings.words_of_products(table)
    without = [word for word in used if word and word not in set_here]
    shown_paths = paths if table.is_category else {}
    rows = [
        *(
            Row(word, value, used.get(word, 0), shown_paths.get(value, ""))
            for word, value in set_here.items()
        ),
        *(Row(word, products=used[word]) for word in without[:MOST_ROWS]),
        *([Row()] * EMPTY_ROWS),
    ]
    options = table.options or _found_options(choices.get(table.offered_as, []))
    if options:
        options = _with_present(options, set_here.values())
    if not table.falls_back_to:
        return Shown(table, rows, options, faults)
    count = sum(number for word, number in used.items() if word not in set_here)
    is_gap = bool(count) and not values.get(table.falls_back_to)
    words = _uncovered(count, is_gap=is_gap) if count else ""
    return Shown(table, rows, options, faults, uncovered=words, is_gap=is_gap)


def _uncovered(count: int, *, is_gap: bool) -> str:
    if is_gap:
        words = ngettext(
            "%(count)d product has no category and cannot be published.",
            "%(count)d products have no category and cannot be published.",
            count,
        )
    else:
        words = ngettext(
            "%(count)d product has no line here and goes into the category above.",
            "%(count)d products have no line here and go into the category above.",
            count,
        )
    return words % {"count": count}


def _numbers(marketplace: Marketplace, values: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for field in marketplace.fields:
        if _is_category(field):
            value = values[field.name]
            found += value.values() if isinstance(field, Table) else [value]
    return [each for each in found if each]


def _options(field: Field, value: str, found: list[list[str]]) -> Options:
    """What can be chosen; a value that is no longer offered stays as it is until it is changed."""
    if isinstance(field, Choice | Flag):
        offered = field.options
    elif isinstance(field, Found) and found:
        offered = _found_options(found)
    else:
        return ()
    return _with_present(offered, [value])


def _found_options(found: list[list[str]]) -> Options:
    return tuple(
        (value, _("%(name)s (%(number)s)") % {"name": name, "number": value})
        for value, name in found
    )


def _with_present(offered: Options, values: Any) -> Options:
    known = {choice for choice, _label in offered}
    more = dict.fromkeys(value for value in values if value and value not in known)
    return (*offered, *((value, value) for value in more))


def _is_category(field: Field) -> bool:
    return isinstance(field, Text | Table) and field.is_category
