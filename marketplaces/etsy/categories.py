"""Etsy's categories as StoFlow keeps them: the whole tree, read at most once a week for all sellers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from marketplaces.etsy.account_settings import EtsySettings, is_number
from marketplaces.etsy.client import EtsyClient
from marketplaces.shared import categories
from tasks.sentences import sentence

MARKETPLACE = "etsy"
_SITE = ""
"""One tree for all countries."""
_FRESH_FOR = timedelta(days=7)


def refresh(client: EtsyClient) -> None:
    """Read the tree from Etsy unless it is fresh; errors of `tasks.errors`."""
    if not categories.has_tree(MARKETPLACE, _SITE, _FRESH_FOR):
        at = timezone.now()
        categories.replace_tree(MARKETPLACE, _SITE, client.categories(), at)


def missing(settings: EtsySettings) -> list[str]:
    """Chosen categories that Etsy does not have, as sentences. No call; the tree has to be kept."""
    chosen = [settings.taxonomy_id, *settings.taxonomies.values()]
    numbers = [each for each in dict.fromkeys(chosen) if is_number(each)]
    known = paths(numbers)
    return [
        sentence("there is no category {category} at Etsy: choose another one", category=number)
        for number in numbers
        if number not in known
    ]


def paths(numbers: Iterable[str]) -> dict[str, str]:
    """Where the categories are in the tree, by number."""
    return categories.paths(MARKETPLACE, _SITE, numbers)


def find(client: EtsyClient, words: str) -> list[tuple[str, str]]:
    """Numbers and paths of the categories that have all of `words`; may ask Etsy for the tree."""
    refresh(client)
    return categories.find(MARKETPLACE, _SITE, words)
