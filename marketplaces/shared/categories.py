"""Reading and keeping categories; services of every marketplace's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from marketplaces.shared.models import Category

MOST_FOUND = 20
_LONGEST_PATH = 500
_AT_ONCE = 500


def paths(marketplace: str, site: str, numbers: Iterable[str]) -> dict[str, str]:
    """Where the categories are in the tree, by number; those that are not known are left out."""
    known = _of(marketplace, site).filter(number__in=list(numbers)).exclude(path="")
    return dict(known.values_list("number", "path"))


def find(marketplace: str, site: str, words: str) -> list[tuple[str, str]]:
    """Numbers and paths of categories whose path has all of `words`; the shortest paths first."""
    wanted = Q()
    for word in words.split():
        wanted &= Q(path__icontains=word)
    known = _of(marketplace, site).filter(wanted).exclude(path="")
    found = list(known.values_list("number", "path")[: 10 * MOST_FOUND])
    return sorted(found, key=lambda each: (len(each[1]), each[1]))[:MOST_FOUND]


def remember_paths(marketplace: str, site: str, found: Mapping[str, str], at: datetime) -> None:
    """Keep paths by number; what is known of the rules stays."""
    rows = [
        Category(
            marketplace=marketplace,
            site=site,
            number=number,
            path=path[:_LONGEST_PATH],
            path_at=at,
        )
        for number, path in sorted(found.items())
    ]
    Category.objects.bulk_create(
        rows,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["marketplace", "site", "number"],
        update_fields=["path", "path_at"],
    )


def replace_tree(marketplace: str, site: str, tree: Mapping[str, str], at: datetime) -> None:
    """As `remember_paths`, for all categories that there are: others are forgotten."""
    with transaction.atomic():
        remember_paths(marketplace, site, tree, at)
        _of(marketplace, site).filter(path_at__lt=at).delete()


def has_tree(marketplace: str, site: str, age: timedelta) -> bool:
    """Whether a whole tree was kept within `age`."""
    return bool(_of(marketplace, site).filter(path_at__gt=timezone.now() - age).exists())


def rules_of(marketplace: str, site: str, number: str) -> Any:
    """What was read of this category; None when nobody has asked yet."""
    row = _of(marketplace, site).filter(number=number).first()
    return row.rules if row else None


def remember_rules(marketplace: str, site: str, number: str, rules: Any, at: datetime) -> None:
    Category.objects.update_or_create(
        marketplace=marketplace,
        site=site,
        number=number,
        defaults={"rules": rules, "rules_at": at},
    )


def outdated(
    marketplace: str, site: str, numbers: Sequence[str], age: timedelta, *, most: int
) -> list[str]:
    """Those of `numbers` whose rules are unknown or older than `age`; unknown ones first."""
    fresh_since = timezone.now() - age
    known = _of(marketplace, site).filter(number__in=list(numbers), rules__isnull=False)
    ages = dict(known.values_list("number", "rules_at"))
    old = [each for each in dict.fromkeys(numbers) if not _is_fresh(ages.get(each), fresh_since)]
    return sorted(old, key=lambda each: (each in ages, old.index(each)))[:most]


def _is_fresh(at: datetime | None, fresh_since: datetime) -> bool:
    return at is not None and at > fresh_since


def _of(marketplace: str, site: str) -> Any:
    return Category.objects.filter(marketplace=marketplace, site=site)
