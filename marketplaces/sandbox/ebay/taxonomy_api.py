"""Taxonomy API: which categories there are, and what each of them asks for."""

from typing import Any

from marketplaces.sandbox.ebay import category_tree
from marketplaces.sandbox.ebay.category_tree import NODES, ROOT, TREES, VERSION, Aspect
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/commerce/taxonomy/v1"
MOST_SUGGESTIONS = 10


def default_tree(_state: State, call: Call) -> Answer:
    site = call.query.get("marketplace_id", "")
    if not site:
        raise refusal(400, 62002)
    if site not in TREES:
        raise refusal(400, 62003)
    return Answer(status=200, body=_tree(TREES[site]))


def suggestions(_state: State, call: Call) -> Answer:
    tree = _named_tree(call)
    words = call.query.get("q", "").casefold().split()
    if not words:
        raise refusal(400, 62007)
    scores = {number: _score(number, words) for number in NODES if category_tree.is_leaf(number)}
    fitting = sorted((each for each in scores if scores[each]), key=lambda each: -scores[each])
    if not fitting:
        return Answer(status=204)
    found = [_suggestion(call, tree, number) for number in fitting[:MOST_SUGGESTIONS]]
    return Answer(status=200, body={"categorySuggestions": found, **_tree(tree)})


def aspects(state: State, call: Call) -> Answer:
    _named_tree(call)
    number = call.query.get("category_id", "")
    if not number:
        raise refusal(400, 62006)
    if number == ROOT:
        raise refusal(400, 62008)
    if number not in NODES:
        raise refusal(400, 62005)
    if not category_tree.is_leaf(number):
        raise refusal(400, 62009)
    found = category_tree.aspects_of(state, number)
    return Answer(status=200, body={"aspects": [_aspect(each) for each in found]})


def _named_tree(call: Call) -> str:
    tree = call.params["category_tree_id"]
    if tree not in TREES.values():
        raise refusal(400, 62004)
    return tree


def _tree(number: str) -> Json:
    return {"categoryTreeId": number, "categoryTreeVersion": VERSION}


def _score(number: str, words: list[str]) -> int:
    """How many of the words are in the category's name or above it; its own name counts double."""
    own = NODES[number][0].casefold()
    above = " ".join(NODES[each][0] for each in category_tree.ancestors(number)).casefold()
    return sum(2 * (_stem(word) in own) + (_stem(word) in above) for word in words)


def _stem(word: str) -> str:
    return word.rstrip("s") if len(word) > 3 else word


def _suggestion(call: Call, tree: str, number: str) -> Json:
    above = category_tree.ancestors(number)
    return {
        "category": {"categoryId": number, "categoryName": NODES[number][0]},
        "categoryTreeNodeLevel": len(above),
        "categoryTreeNodeAncestors": [
            {
                "categoryId": each,
                "categoryName": NODES[each][0],
                "categoryTreeNodeLevel": len(category_tree.ancestors(each)),
                "categorySubtreeNodeHref": f"{call.origin}{PATH}/category_tree/{tree}"
                f"/get_category_subtree?category_id={each}",
            }
            for each in above
            if each != ROOT
        ],
    }


def _aspect(aspect: Aspect) -> Json:
    return {
        "localizedAspectName": aspect.name,
        "aspectConstraint": {
            "aspectDataType": "STRING",
            "itemToAspectCardinality": "SINGLE",
            "aspectMode": "SELECTION_ONLY" if aspect.closed else "FREE_TEXT",
            "aspectRequired": aspect.required,
            "aspectUsage": "RECOMMENDED",
            "aspectEnabledForVariations": not aspect.closed,
            "aspectApplicableTo": ["ITEM"],
            "aspectMaxLength": 65,
        },
        "aspectValues": [{"localizedValue": value} for value in aspect.values],
    }
