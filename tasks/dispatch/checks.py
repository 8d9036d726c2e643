"""System checks of the times that must fit together: messages, turns, steps and django-q2's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from tasks import handlers

LEAST_CLOCK_TOLERANCE = 0.1
"""An answer of the database takes a while itself, and clocks that a time server sets still differ."""


@register(Tags.compatibility)
def times_fit_together(**_: Any) -> list[CheckMessage]:
    """Every fault of Q_CLUSTER and DISPATCH, each with the setting that puts it right."""
    return [
        *_timeout(settings.Q_CLUSTER, settings.DISPATCH),
        *_retry(settings.Q_CLUSTER),
        *_steps(settings.DISPATCH["longest_step_seconds"]),
        *_clocks(settings.DISPATCH["clock_tolerance_seconds"]),
    ]


def _timeout(cluster: Mapping[str, Any], dispatch: Mapping[str, float]) -> Iterator[CheckMessage]:
    needed = dispatch["message_seconds"] + dispatch["longest_step_seconds"]
    if cluster["timeout"] <= needed:
        yield Error(
            f"django-q2 kills a message after {cluster['timeout']} s, which one message and its "
            f"last step may last: {needed:g} s.",
            hint=f"Set Q_TIMEOUT above {needed:g}.",
            id="dispatch.E001",
        )


def _retry(cluster: Mapping[str, Any]) -> Iterator[CheckMessage]:
    # A message's retry clock starts when the pusher takes it; it may wait behind the prefetched.
    waiting = math.ceil((cluster["queue_limit"] + cluster["bulk"]) / cluster["workers"])
    needed = cluster["timeout"] * (1 + waiting) + 10
    if cluster["retry"] < needed:
        yield Error(
            f"django-q2 delivers a message again after {cluster['retry']} s, while it may still "
            f"be running: up to {needed} s.",
            hint=f"Set Q_RETRY to {needed} or more.",
            id="dispatch.E002",
        )


def _steps(longest: float) -> Iterator[CheckMessage]:
    for marketplace, action in handlers.registered():
        for step in handlers.handler_for(marketplace, action).steps.values():
            if step.deadline > longest:
                yield Error(
                    f"The step “{step.name}” of {action} on {marketplace} may last "
                    f"{step.deadline:g} s, longer than any step may: {longest:g} s.",
                    hint=f"Set DISPATCH_LONGEST_STEP_SECONDS to {step.deadline:g} or more.",
                    id="dispatch.E003",
                )


def _clocks(tolerance: float) -> Iterator[CheckMessage]:
    if tolerance < LEAST_CLOCK_TOLERANCE:
        yield Error(
            f"No machine's clock can be trusted to agree with the database's to {tolerance:g} s, "
            "so no worker would take any work.",
            hint=f"Set DISPATCH_CLOCK_TOLERANCE_SECONDS to {LEAST_CLOCK_TOLERANCE:g} or more.",
            id="dispatch.E004",
        )
