"""What a seller can choose on an account, declared so that one form serves every marketplace.

The name of a field is its key in Account.settings. Labels and helps are lazy translations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Label = str | Promise
Options = tuple[tuple[str, Label], ...]
"""Pairs of value and label, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text has to be, and the words for one that is not."""

    pattern: str
    """A regular expression for the whole text."""
    words: Label

    def fault(self, text: str) -> str:
        """Empty when the text is right."""
        return "" if re.fullmatch(self.pattern, text) else str(self.words)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an account."""

    name: str
    label: Label
    _: KW_ONLY
    help: Label = ""

    kind: ClassVar[str]

    def shown(self, settings: Mapping[str, Any]) -> Any:
        """The present value, as the form shows it."""
        return str(settings.get(self.name) or "")

    def faults(self, _value: Any) -> list[str]:
        """What is wrong with a value that was sent, as sentences."""
        return []


@dataclass(frozen=True, slots=True)
class Text(Field):
    """A short text."""

    kind: ClassVar[str] = "text"

    rule: Rule | None = None
    is_category: bool = False
    """Whether it is the number of a category, for which one can search."""

    def faults(self, value: str) -> list[str]:
        fault = self.rule.fault(value) if self.rule and value else ""
        return [fault] if fault else []


@dataclass(frozen=True, slots=True)
class Words(Field):
    """Several short texts, written with commas between."""

    kind: ClassVar[str] = "words"

    def shown(self, settings: Mapping[str, Any]) -> str:
        value = settings.get(self.name) or ""
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One of the same values for every seller."""

    kind: ClassVar[str] = "choice"

    options: Options = ()

    def faults(self, value: str) -> list[str]:
        return _not_offered(value, self.options)


@dataclass(frozen=True, slots=True)
class Flag(Field):
    """Yes, no, or whatever the marketplace's folder takes without a choice."""

    kind: ClassVar[str] = "flag"

    options: ClassVar[Options] = (("true", gettext_lazy("Yes")), ("false", gettext_lazy("No")))

    def shown(self, settings: Mapping[str, Any]) -> str:
        value = settings.get(self.name)
        return "" if value in (None, "") else str(value).lower()

    def faults(self, value: str) -> list[str]:
        return _not_offered(value, self.options)


@dataclass(frozen=True, slots=True)
class Found(Field):
    """One of what the marketplace offers this seller, as the last check found it.

    Any value is taken: what is no longer there is named by the next check.
    """

    kind: ClassVar[str] = "found"


@dataclass(frozen=True, slots=True)
class Table(Field):
    """The marketplace's value for each of the seller's own words."""

    kind: ClassVar[str] = "table"

    word_label: Label
    value_label: Label
    options: Options = ()
    """Empty: any text that keeps to `rule`."""
    rule: Rule | None = None
    known_words: str = ""
    """The field of products whose words are offered as rows, such as product_type."""
    offered_as: str = ""
    """The `Found` field whose choices are offered here, too."""
    is_category: bool = False
    """Whether the values are numbers of categories, for which one can search."""
    falls_back_to: str = ""
    """The field that serves products without a row; without it they cannot be published."""

    def shown(self, settings: Mapping[str, Any]) -> dict[str, str]:
        value = settings.get(self.name)
        rows = value.items() if isinstance(value, dict) else ()
        return {str(word): str(text) for word, text in rows}

    def faults(self, value: Mapping[str, str]) -> list[str]:
        found = []
        for word, text in value.items():
            wrong = _not_offered(text, self.options) if self.options else []
            if self.rule and (fault := self.rule.fault(text)):
                wrong.append(fault)
            found += [f"“{word}”: {each}" for each in wrong]
        return found


def _not_offered(value: str, options: Options) -> list[str]:
    if not value or value in {known for known, _label in options}:
        return []
    return [_("“%(value)s” is not one of the choices.") % {"value": value}]
