"""Speaks eBay's Taxonomy API (v1.1.1) in StoFlow's own name; knows no model of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from marketplaces.ebay import answers
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.category_rules import Aspect, CategoryRules
from marketplaces.ebay.errors import EbayRefusedError
from marketplaces.http import Response
from tasks.sentences import sentence

PATH_SIGN = " > "
_NO_CONTENT = 204
_NO_LEAF = frozenset({62005, 62008, 62009})
"""The category is not in this tree, is its root, or has others below it."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The category trees of eBay's sites."""

    calls: Calls
    url: str
    """Without a slash at the end."""

    def tree_id(self, marketplace_id: str) -> str:
        """The number of the tree that a site uses."""
        query = urlencode({"marketplace_id": marketplace_id})
        response = self.calls.get(
            f"{self.url}/get_default_category_tree_id?{query}",
            sentence("name the site's categories"),
        )
        return answers.required_text(response, "categoryTreeId")

    def rules(self, tree_id: str, category_id: str) -> CategoryRules:
        """What the category asks for; `is_leaf` is false where nothing can be listed."""
        url = self._url(tree_id, "get_item_aspects_for_category", category_id=category_id)
        try:
            response = self.calls.get(url, sentence("tell what a category asks for"))
        except EbayRefusedError as error:
            if error.error_ids & _NO_LEAF:
                return CategoryRules(category_id, is_leaf=False)
            raise
        aspects = map(Aspect.from_document, _objects(response, "aspects"))
        return CategoryRules(category_id, aspects=tuple(each for each in aspects if each.name))

    def suggestions(self, tree_id: str, words: str) -> dict[str, str]:
        """Paths by number of the categories that fit `words`, eBay's favourite first."""
        url = self._url(tree_id, "get_category_suggestions", q=words)
        response = self.calls.get(url, sentence("suggest categories"))
        suggested = _objects(response, "categorySuggestions")
        return {
            answers.text(response, each["category"], "categoryId"): _path(each)
            for each in suggested
            if isinstance(each.get("category"), dict)
        }

    def _url(self, tree_id: str, operation: str, **query: str) -> str:
        return f"{self.url}/category_tree/{quote(tree_id, safe='')}/{operation}?{urlencode(query)}"


def _objects(response: Response, name: str) -> list[dict[str, Any]]:
    return [] if response.status == _NO_CONTENT else answers.objects(response, name)


def _path(suggestion: Mapping[str, Any]) -> str:
    """From the root on; eBay names the ancestors from the nearest on."""
    above = [
        str(each.get("categoryName") or "")
        for each in suggestion.get("categoryTreeNodeAncestors") or []
    ]
    own = str(suggestion["category"].get("categoryName") or "")
    return PATH_SIGN.join(filter(None, [*reversed(above), own]))
