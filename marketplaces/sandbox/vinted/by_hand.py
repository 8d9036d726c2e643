"""What sellers and Vinted itself do to items past our software, as the control port plays it."""

from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import items, photos, sellers
from marketplaces.sandbox.vinted.kinds import ITEMS

Json = dict[str, Any]

CHANGEABLE: Mapping[str, type] = {
    "title": str,
    "description": str,
    "price": str,
    "is_hidden": bool,
    "is_reserved": bool,
    "is_closed": bool,
    "item_closing_action": str,
}


def create(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username, title, price, description, photos, is_draft, content}`: never seen by us.

    `photos` is how many it has, `content` any other field of an item's body.
    """
    seller = sellers.named(state, order)
    item = items.new(state, seller["username"])
    usual = {"catalog_id": 10, "size_id": 4, "brand_id": 1, "status_id": 2, "color_ids": [9]}
    item |= {
        "title": str(order["title"]),
        "description": str(order.get("description", order["title"])),
        "price": str(float(order.get("price", 10))),
        "is_draft": bool(order.get("is_draft", False)),
        "content": {**usual, "package_size_id": 1, **order.get("content", {})},
    }
    photos.add_by_hand(state, item, int(order.get("photos", 1)))
    items.save(state, item)
    return {"item_id": item["id"]}


def change(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{item_id, …}` with those of CHANGEABLE that change; `removed` deletes it.

    `is_closed` without a `item_closing_action` of `sold` is a closing that is no sale.
    """
    item = existing(state, order["item_id"])
    wanted = {name: value for name, value in order.items() if name not in {"item_id", "removed"}}
    if unknown := set(wanted) - set(CHANGEABLE):
        raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(CHANGEABLE)}")
    for name, value in wanted.items():
        item[name] = None if value is None else CHANGEABLE[name](value)
    if "price" in wanted:
        item["price"] = str(float(item["price"]))
    item["is_deleted"] = bool(order.get("removed", False))
    items.save(state, item)
    return {"state": items.word(item)}


def existing(state: State, number: Any) -> Json:
    owner = items.owner_of(state, str(number))
    item = None if owner is None else state.documents.get(ITEMS, owner, str(number))
    if item is None or item["is_deleted"]:
        raise ValueError(f"there is no item {number}")
    return item
