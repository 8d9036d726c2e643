"""A small piece of Etsy's seller taxonomy. The numbers are the sandbox's own, but for a few."""

from typing import Any

from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.parameters import path_id
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

TREE: dict[int, tuple[str, int | None]] = {
    1: ("Accessories", None),
    1179: ("Scarves & Wraps", 1),
    1180: ("Scarves", 1179),
    132: ("Hats & Caps", 1),
    374: ("Clothing", None),
    482: ("Women's Clothing", 374),
    559: ("Men's Clothing", 374),
    449: ("Dresses", 482),
    560: ("Tops & Tees", 482),
    1429: ("Shoes", None),
    1466: ("Women's Shoes", 1429),
    1150: ("Bags & Purses", None),
    1156: ("Handbags", 1150),
    1203: ("Jewelry", None),
    1223: ("Necklaces", 1203),
    1208: ("Earrings", 1203),
    891: ("Home & Living", None),
    1633: ("Home Decor", 891),
    68887416: ("Electronics & Accessories", None),
    2078: ("Toys & Games", None),
    65: ("Art & Collectibles", None),
    66: ("Books, Movies & Music", None),
}
"""Name and parent of each node."""

COLOURS = {1: "Black", 2: "Blue", 9: "Red", 10: "White", 11: "Yellow"}
SIZES = {2013: "XS", 2014: "S", 2015: "M", 2016: "L", 2017: "XL"}


def nodes(_state: State, _call: Call) -> Answer:
    roots = [number for number, (_, parent) in TREE.items() if parent is None]
    return Answer(status=200, body={"count": len(TREE), "results": [_node(each) for each in roots]})


def properties(_state: State, call: Call) -> Answer:
    taxonomy_id = path_id(call, "taxonomy_id")
    if taxonomy_id not in TREE:
        raise refusal(404, f"Taxonomy node {taxonomy_id} not found")
    found = [_property(200, "Primary color", COLOURS), _property(100, "Size", SIZES)]
    return Answer(status=200, body={"count": len(found), "results": found})


def exists(taxonomy_id: int) -> bool:
    return taxonomy_id in TREE


def _path(number: int) -> list[int]:
    parent = TREE[number][1]
    return [*_path(parent), number] if parent is not None else [number]


def _node(number: int) -> Json:
    name, parent = TREE[number]
    children = [each for each, (_, above) in TREE.items() if above == number]
    return {
        "id": number,
        "level": len(_path(number)) - 1,
        "name": name,
        "parent_id": parent,
        "children": [_node(each) for each in children],
        "full_path_taxonomy_ids": _path(number),
    }


def _property(number: int, name: str, values: dict[int, str]) -> Json:
    return {
        "property_id": number,
        "name": name,
        "display_name": name,
        "scales": [],
        "is_required": False,
        "supports_attributes": True,
        "supports_variations": True,
        "is_multivalued": False,
        "max_values_allowed": None,
        "possible_values": [
            {"value_id": key, "name": value, "scale_id": None, "equal_to": []}
            for key, value in values.items()
        ],
        "selected_values": [],
    }
