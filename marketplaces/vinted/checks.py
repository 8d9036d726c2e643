"""System checks of Vinted's times: what is inside has to end before what is around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from marketplaces.vinted.plugin.commands import longest_call
from marketplaces.vinted.plugin.link import GOOD_FOR_MINUTES
from marketplaces.vinted.plugin.protocol import bounds_of

SPARE_SECONDS = 5.0
"""Of a step, before its first call."""


@register(Tags.compatibility)
def times_fit_together(**_: Any) -> list[CheckMessage]:
    """Every fault of VINTED, each with the setting that puts it right."""
    times = settings.VINTED
    return [*_step(times), *_messages(times), *_pauses(times)]


def _step(times: Mapping[str, Any]) -> Iterator[CheckMessage]:
    call = longest_call(times)
    needed = call + SPARE_SECONDS
    if times["deadline_seconds"] < needed:
        yield Error(
            f"A step at Vinted may last {times['deadline_seconds']:g} s, and one call needs up to "
            f"{call:g} s of it: none would ever be made.",
            hint=f"Set VINTED_DEADLINE_SECONDS to {needed:g} or more.",
            id="vinted.E001",
        )


def _messages(times: Mapping[str, Any]) -> Iterator[CheckMessage]:
    told = {
        "PLUGIN_HEARTBEAT_SECONDS": ("welcome", "heartbeat_seconds"),
        "VINTED_ANSWER_SECONDS": ("command", "answer_seconds"),
    }
    for variable, (message, name) in told.items():
        least, most = bounds_of(message, name)
        if not least <= times[name] <= most:
            yield Error(
                f"{variable} is {times[name]:g}, which no plugin takes.",
                hint=f"Set {variable} to {least:g} to {most:g} seconds.",
                id="vinted.E002",
            )


def _pauses(times: Mapping[str, Any]) -> Iterator[CheckMessage]:
    longest = GOOD_FOR_MINUTES * 60 - times["deadline_seconds"]
    for name in ("read_pause", "write_pause", "long_pause"):
        variable = f"VINTED_{name.upper()}"
        pause = times[name]
        if len(pause) != 2 or not 0 <= pause[0] <= pause[1]:
            yield Error(
                f"{variable} is not a shortest and a longest pause.",
                hint=f"Set {variable} to two numbers of seconds, as 3,8.",
                id="vinted.E003",
            )
        elif pause[1] > longest:
            yield Error(
                f"{variable} is up to {pause[1]:g} s, after which the answers that a step already "
                "has are too old: a step of several calls would begin again and again.",
                hint=f"Set {variable} to at most {longest:g} seconds.",
                id="vinted.E004",
            )
