"""eBay's categories as StoFlow keeps them: read from eBay in good time, and asked without a call.

No job reads them from eBay. That happens when an account is checked, after its settings were
changed, and before a batch starts, if what is kept is more than a day old.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.category_rules import CategoryRules, not_a_category
from marketplaces.ebay.taxonomy import Taxonomy
from marketplaces.shared import categories
from tasks.errors import StoFlowError
from tasks.sentences import sentence

logger = logging.getLogger(__name__)

MARKETPLACE = "ebay"
_FRESH_FOR = timedelta(days=1)
_MOST_AT_ONCE = 20
"""Categories that are read while a person waits; the next time goes on with the others."""


def known_rules(settings: EbaySettings, product_type: str) -> CategoryRules | None:
    """What is kept of the category of such products; None when nothing is. No call."""
    number = settings.category_of(product_type)
    stored = categories.rules_of(MARKETPLACE, settings.marketplace_id, number) if number else None
    return CategoryRules.from_json(number, stored) if stored else None


def refresh(taxonomy: Taxonomy, settings: EbaySettings) -> None:
    """Read what the categories of these settings ask for, as far as that is not fresh.

    Errors of `tasks.errors` when eBay cannot be asked; what was read until then is kept.
    """
    site = settings.marketplace_id
    wanted = categories.outdated(
        MARKETPLACE, site, settings.category_ids, _FRESH_FOR, most=_MOST_AT_ONCE
    )
    if not wanted:
        return
    tree_id = taxonomy.tree_id(site)
    for number in wanted:
        rules = taxonomy.rules(tree_id, number)
        categories.remember_rules(MARKETPLACE, site, number, rules.as_json(), timezone.now())


def try_to_refresh(taxonomy: Taxonomy, settings: EbaySettings) -> bool:
    """As `refresh`, where work goes on without: eBay itself refuses what it does not like."""
    try:
        refresh(taxonomy, settings)
    except StoFlowError as error:
        logger.warning("The rules of eBay's categories were not read: %s", error)
        return False
    return True


def missing(settings: EbaySettings) -> list[str]:
    """What is wrong with the chosen categories, as sentences, by what is kept. No call."""
    found = []
    for number in settings.category_ids:
        stored = categories.rules_of(MARKETPLACE, settings.marketplace_id, number)
        if stored is None:
            found.append(
                sentence(
                    "what eBay asks for in category {category} is not known yet: check again later",
                    category=number,
                )
            )
        elif not stored["is_leaf"]:
            found.append(not_a_category(number, settings.marketplace_id))
    return found


def paths(settings: EbaySettings, numbers: Iterable[str]) -> dict[str, str]:
    """Where the categories are in the site's tree, by number, as far as somebody looked for them."""
    return categories.paths(MARKETPLACE, settings.marketplace_id, numbers)


def find(taxonomy: Taxonomy, settings: EbaySettings, words: str) -> list[tuple[str, str]]:
    """Numbers and paths of the categories that eBay suggests for `words`; asks eBay."""
    site = settings.marketplace_id
    found = taxonomy.suggestions(taxonomy.tree_id(site), words)
    categories.remember_paths(MARKETPLACE, site, found, timezone.now())
    return list(found.items())[: categories.MOST_FOUND]
