"""Sentences that are stored in English and shown in the reader's language.

Workers write task names, errors and advice into the tenant's tables long before anybody reads
them, and each reader may speak another language. So the finished English sentence is what is
stored, and its template is found again in the message catalogue when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, cast

from django.utils.translation import get_language
from django.utils.translation.trans_real import translation

CONTEXT = "sentence"
"""The catalogue's context of these messages, which keeps them apart from the pages' own texts: a
product called “Jobs” is never translated, because no sentence says so."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BOUNDARY = re.compile(r"; |\n|(?<=[.!?]) ")
_CONTEXT_SEPARATOR = "\x04"  # gettext's own
_LEAST_LITERAL = 4
_NAMED = re.compile(r"“\{([a-z][a-z0-9_]*)\}”")
_OWN_NAMES = frozenset({"task", "step"})
"""What stands in quotation marks is somebody's name for something, and stays, but for these."""
_DEEPEST = 4
_LONGEST_RUN = 8
"""So many sentences after one another are looked up as one."""


def sentence(template: str, /, **values: object) -> str:
    """The template with its {named} values: plain English, to be stored.

    The call marks the template for the message catalogue, so it has to be a literal. A value that
    is itself a sentence, or several of them joined by “; ”, is translated with it.
    """
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def translated(text: str) -> str:
    """A stored sentence in the reader's language; as it is when no template fits."""
    language = get_language()
    if not text or not language or language.partition("-")[0] == "en":
        return text
    return _translated(language, text)


@dataclass(frozen=True)
class Template:
    """A message with placeholders, and what it is in another language."""

    english: str
    other: str

    @cached_property
    def literals(self) -> list[str]:
        """What is between the placeholders."""
        return _PLACEHOLDER.split(self.english)[::2]

    @cached_property
    def literal_length(self) -> int:
        return sum(len(literal.strip()) for literal in self.literals)

    @cached_property
    def longest_literal(self) -> str:
        return max(self.literals, key=len)

    @cached_property
    def names(self) -> frozenset[str]:
        """The placeholders whose values are never translated: a product may be called “Archive”."""
        return frozenset(_NAMED.findall(self.english)) - _OWN_NAMES

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts: list[str] = []
        seen: set[str] = set()
        for index, part in enumerate(_PLACEHOLDER.split(self.english)):
            if index % 2 == 0:
                parts.append(re.escape(part))
            elif part in seen:
                parts.append(f"(?P={part})")
            else:
                seen.add(part)
                parts.append(f"(?P<{part}>.*?)")
        return re.compile("".join(parts), re.DOTALL)

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands for the placeholders; None when the text was not made of this template."""
        if self.longest_literal not in text:
            return None
        found = self.pattern.fullmatch(text)
        return None if found is None else found.groupdict()


class Sentences:
    """The sentences of one language, from English messages to their translations."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        known = {english: other for english, other in messages.items() if other}
        self._exact = {e: o for e, o in known.items() if not _PLACEHOLDER.search(e)}
        templates = [Template(e, o) for e, o in known.items() if e not in self._exact]
        # The template that says most is the one that was meant; one that says next to nothing
        # would fit everything.
        self._templates = sorted(
            (each for each in templates if each.literal_length >= _LEAST_LITERAL),
            key=lambda each: (-each.literal_length, each.english),
        )

    def translated(self, text: str) -> str:
        """The text in this language as far as its sentences are known."""
        return self._translated(text, _DEEPEST)

    def _translated(self, text: str, depth: int) -> str:
        whole = self._whole(text, depth)
        return "".join(self._in_pieces(text, depth)) if whole is None else whole

    def _whole(self, text: str, depth: int) -> str | None:
        """The text as one sentence; None when it is none."""
        if (exact := self._exact.get(text)) is not None:
            return exact
        for template in self._templates if depth else ():
            values = template.values_in(text)
            if values is not None:
                return self._filled(template, values, depth - 1)
        return None

    def _filled(self, template: Template, values: Mapping[str, str], depth: int) -> str:
        def value(found: re.Match[str]) -> str:
            known = values.get(found[1])
            if known is None:
                return found[0]
            return known if found[1] in template.names else self._translated(known, depth)

        return _PLACEHOLDER.sub(value, template.other)

    def _in_pieces(self, text: str, depth: int) -> Iterator[str]:
        """Several sentences after one another: the longest run that is known, then the rest."""
        start = 0
        while start < len(text):
            boundaries = islice(_BOUNDARY.finditer(text, start), _LONGEST_RUN)
            ends = [found.span() for found in boundaries]
            if start or len(ends) == _LONGEST_RUN:
                ends.append((len(text), len(text)))
            for end, after in reversed(ends):
                if (known := self._whole(text[start:end], depth)) is not None:
                    yield known + text[end:after]
                    break
            else:
                end, after = ends[0] if ends else (len(text), len(text))
                yield text[start:after]
            start = after


@lru_cache(maxsize=8)
def _sentences(language: str) -> Sentences:
    prefix = f"{CONTEXT}{_CONTEXT_SEPARATOR}"
    # Django's own JavaScript catalogue reads it in this way too.
    catalogue = cast("Any", translation(language))._catalog  # noqa: SLF001
    return Sentences(
        {
            key.removeprefix(prefix): value
            for key, value in catalogue.items()
            if isinstance(key, str) and key.startswith(prefix)
        }
    )


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> str:
    return _sentences(language).translated(text)


def forget_catalogues() -> None:
    """Read the message catalogues anew at the next use."""
    _sentences.cache_clear()
    _translated.cache_clear()
