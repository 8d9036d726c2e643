"""What the operators' commands have in common: which tenants, which kind of job, since when.

A wrong argument becomes one sentence and exit code 2, as argparse's own do.
"""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tasks import handlers, tenancy
from tasks.states import JobStatus

WRONG_USAGE = 2
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,9})([mhdw])")
_LARGEST_ID = 2**63 - 1
_NAMES_SHOWN = 10


def wrong(sentence: str) -> CommandError:
    """The error for an argument that makes no sense."""
    return CommandError(sentence, returncode=WRONG_USAGE)


def add_tenants(parser: CommandParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--schema", action="append", metavar="S", help="a tenant's schema; may be repeated"
    )
    group.add_argument("--all-tenants", action="store_true", help="every tenant")


def add_kind(parser: CommandParser) -> None:
    parser.add_argument("--marketplace", default="", help="only this marketplace's jobs")
    parser.add_argument("--action", default="", help="only this action, e.g. publish")


def tenants(options: dict[str, Any]) -> list[tenancy.TenantLike]:
    """The chosen tenants, each once, in the order given."""
    if options["all_tenants"]:
        return tenancy.every_tenant()
    return [_tenant(schema) for schema in dict.fromkeys(options["schema"])]


def _tenant(schema: str) -> tenancy.TenantLike:
    try:
        return tenancy.tenant_named(schema)
    except tenancy.UnknownTenantError:
        names = [tenant.schema_name for tenant in tenancy.every_tenant()]
        raise wrong(
            f"There is no tenant with the schema “{schema}”; there are: {_some_of(names)}."
        ) from None


def kind(options: dict[str, Any]) -> tuple[str, str]:
    """Marketplace and action as given, "" for any; both must have a handler together."""
    marketplace, action = options["marketplace"], options["action"]
    known = handlers.registered()
    marketplaces = sorted({market for market, _ in known})
    if marketplace and marketplace not in marketplaces:
        raise wrong(
            f"There is no marketplace “{marketplace}”; there are: {_some_of(marketplaces)}."
        )
    actions = sorted({act for market, act in known if marketplace in {"", market}})
    if action and action not in actions:
        where = f" on {marketplace}" if marketplace else ""
        raise wrong(f"There is no action “{action}”{where}; there are: {_some_of(actions)}.")
    return marketplace, action


def _some_of(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return (", ".join(names[:_NAMES_SHOWN]) or "none yet") + more


def duration(option: str, text: str) -> timedelta:
    """A time span such as 30m, 2h, 90d or 4w, more than nothing."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise wrong(f"{option} takes a time span such as 30m, 2h, 90d or 4w, not “{text}”.")
    try:
        span = timedelta(**{_UNITS[match[2]]: int(match[1])})
        timezone.now() - span
    except OverflowError:
        raise wrong(f"{option} {text} lies before the beginning of the calendar.") from None
    return span


def moment(option: str, text: str | None) -> datetime | None:
    """A past time: ISO (without a zone: the project's), or a time span ago. None: not given."""
    if text is None:
        return None
    if _DURATION.fullmatch(text.strip()):
        return timezone.now() - duration(option, text)
    try:
        when = datetime.fromisoformat(text.strip())
        when = (timezone.make_aware(when) if timezone.is_naive(when) else when).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong(
            f"{option} takes a time such as 2026-01-31T14:00, or a span such as 2h or 3d, "
            f"not “{text}”."
        ) from None
    if when > timezone.now():
        raise wrong(f"{option} {text} lies in the future.")
    return when


def at_least_one(option: str, text: str | None) -> int | None:
    """A whole number from 1 on. None: not given."""
    if text is None:
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= _LARGEST_ID:
        raise wrong(f"{option} takes a whole number from 1 on, not “{text}”.")
    return int(text)


def statuses(option: str, given: list[str] | None, allowed: list[str]) -> tuple[str, ...]:
    """Job statuses in any letters; FAILED when none is given."""
    chosen = tuple(dict.fromkeys(status.upper() for status in given or [JobStatus.FAILED]))
    for status in chosen:
        if status not in allowed:
            raise wrong(f"{option} takes {', '.join(allowed)}, not “{status}”.")
    return chosen


def operator() -> str:
    """Who runs the command, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # a container's user without a name
        return "operator"
