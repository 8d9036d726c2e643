"""Rules that spoil chosen calls: which call, how, how often, and after how many good ones."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from marketplaces.sandbox.reports import FaultReport

WITHOUT_EFFECT = frozenset({"status", "cut_before", "hold_before"})
"""Kinds that strike before the marketplace does anything (a hold goes on when released)."""

WITH_EFFECT = frozenset(
    {
        "status_after_effect",
        "cut_after",
        "cut_mid_answer",
        "slow",
        "slow_after_effect",
        "drip",
        "hold_after",
    }
)
KINDS = WITHOUT_EFFECT | WITH_EFFECT


class BadRuleError(ValueError):
    """The rule can't be understood; the text says what to write instead."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaultRule:
    route: str
    """Method and path template, e.g. `POST /sell/inventory/v1/offer/{offerId}/publish`."""
    kind: str
    match: str = ""
    """Has to occur in the path with its query, in the body, or in the subject (the SKU, the
    image's checksum) that the call is about; empty = any call."""
    status: int = 500
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: dict[str, Any] | None = None
    """None = the marketplace's own words for that status."""
    page: str = ""
    """HTML to answer instead of JSON."""
    delay: float = 0.0
    """Seconds: before all (slow), before the answer (status, slow_after_effect), per byte (drip)."""
    times: int = 1
    """How many calls to spoil; 0 = for ever."""
    skip: int = 0
    """How many matching calls to let pass first."""


def rule_from(values: Mapping[str, Any]) -> FaultRule:
    names = [each.name for each in dataclasses.fields(FaultRule)]
    if unknown := sorted(set(values) - set(names)):
        raise BadRuleError(f"unknown: {', '.join(unknown)}; a rule has {', '.join(names)}")
    if not {"route", "kind"} <= set(values):
        raise BadRuleError("a rule needs a route and a kind")
    rule = FaultRule(**values)
    if rule.kind not in KINDS:
        raise BadRuleError(f"no kind {rule.kind!r}; there are {', '.join(sorted(KINDS))}")
    return rule


class Faults:
    """The rules in force. They live in memory: a restarted sandbox behaves well."""

    def __init__(self) -> None:
        self._rules: dict[int, FaultRule] = {}
        self._matched: dict[int, int] = {}
        self._hits: dict[int, int] = {}
        self._last = 0

    def add(self, rule: FaultRule) -> int:
        self._last += 1
        self._rules[self._last] = rule
        self._matched[self._last] = self._hits[self._last] = 0
        return self._last

    def take(self, route: str, *texts: bytes) -> FaultRule | None:
        """The rule that spoils this call: the oldest that applies and isn't used up."""
        for key, rule in self._rules.items():
            if rule.route != route or not _occurs(rule.match, texts):
                continue
            self._matched[key] += 1
            used_up = rule.times and self._hits[key] >= rule.times
            if self._matched[key] > rule.skip and not used_up:
                self._hits[key] += 1
                return rule
        return None

    def remove(self, key: int) -> bool:
        return self._rules.pop(key, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def report(self) -> list[FaultReport]:
        return [
            FaultReport(
                id=key,
                rule=dataclasses.asdict(rule),
                matched=self._matched[key],
                hits=self._hits[key],
            )
            for key, rule in self._rules.items()
        ]


def _occurs(match: str, texts: Iterable[bytes]) -> bool:
    """As a word of its own: the SKU `…p5` is not meant when a call is about `…p50`."""
    word = re.compile(rb"(?<![A-Za-z0-9])" + re.escape(match.encode()) + rb"(?![A-Za-z0-9])")
    return not match or any(word.search(text) for text in texts)
