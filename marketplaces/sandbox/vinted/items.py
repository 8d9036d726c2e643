"""Items as they are kept, and as the edit form and the wardrobe show them.

A record has `content` (what the seller writes), the flags that Vinted shows, and the ids of its
photos in their order. An id never comes again; what was deleted is kept for the report.
"""

from typing import Any

from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import photos, sellers
from marketplaces.sandbox.vinted.catalogue import BRANDS, CONDITIONS, SIZE_TITLES
from marketplaces.sandbox.vinted.errors import refusal
from marketplaces.sandbox.vinted.kinds import ITEMS, OWNERS

Json = dict[str, Any]

SITE = "https://www.vinted.fr"


def new(state: State, seller: str) -> Json:
    """An empty draft that nobody has saved yet."""
    return {
        "id": state.store.next_number("vinted.item", start=7_000_000_001),
        "seller": seller,
        "is_draft": True,
        "is_closed": False,
        "item_closing_action": None,
        "is_reserved": False,
        "is_hidden": False,
        "is_deleted": False,
        "title": "",
        "description": "",
        "price": "0.0",
        "currency": "EUR",
        "content": {},
        "photo_ids": [],
        "created": state.now(),
        "revisions": 0,
    }


def owned(state: State, call: Call) -> Json:
    """The present item that the path names, which has to be the caller's and not deleted."""
    item = find(state, call.params["item_id"])
    if item is None or item["is_deleted"] or item["seller"] != call.seller:
        raise refusal(404)
    call.subject = item["title"]
    return item


def find(state: State, number: str) -> Json | None:
    owner = owner_of(state, number)
    return None if owner is None else state.documents.get(ITEMS, owner, number)


def seen(state: State, number: str) -> Json | None:
    """As reads show it, which may be as it was a while ago."""
    owner = owner_of(state, number)
    if owner is None:
        return None
    item = state.documents.get(ITEMS, owner, number, as_of=state.seen_from_outside())
    return None if item is None or item["is_deleted"] else item


def owner_of(state: State, number: str) -> str | None:
    found = state.documents.everywhere(OWNERS, key=number)
    return found[0][0] if found else None


def of_seller(state: State, seller: str) -> list[Json]:
    """The newest first, as reads show them."""
    found = state.documents.all_of(ITEMS, seller, as_of=state.seen_from_outside())
    there = [each for each in found if not each["is_deleted"]]
    return sorted(there, key=lambda each: int(each["id"]), reverse=True)


def save(state: State, item: Json) -> bool:
    """Store it; what changes anything of an item that had been on sale is a revision."""
    key, seller = str(item["id"]), item["seller"]
    before = state.documents.get(ITEMS, seller, key)
    if before == item:
        return False
    if before is not None and not before["is_draft"]:
        item["revisions"] += 1
    state.documents.put(ITEMS, seller, key, item)
    state.documents.put(OWNERS, seller, key, {})
    return True


def is_public(item: Json) -> bool:
    return not (item["is_draft"] or item["is_hidden"] or item["is_deleted"])


def word(item: Json) -> str:
    """One word for what it is."""
    if item["is_closed"]:
        return "sold" if item["item_closing_action"] == "sold" else "closed"
    states = ("deleted", "draft", "hidden", "reserved")
    return next((each for each in states if item[f"is_{each}"]), "active")


def url(item: Json) -> str:
    slug = "-".join("".join(c if c.isalnum() else " " for c in item["title"].lower()).split())
    return f"{SITE}/items/{item['id']}-{slug}"


def money(item: Json) -> Json:
    return {"amount": item["price"], "currency_code": item["currency"]}


def photos_of(state: State, item: Json) -> list[Json]:
    kept = [photos.known(state, item["seller"], each) for each in item["photo_ids"]]
    return [photos.shown(photo, number=number) for number, photo in enumerate(kept, start=1)]


def brand_of(item: Json) -> str:
    content = item["content"]
    number = content.get("brand_id")
    return BRANDS.get(number, "") if number is not None else str(content.get("brand") or "")


def in_form(state: State, item: Json) -> Json:
    """As the edit form reads it, with all that the seller wrote."""
    content = item["content"]
    colours = [*(content.get("color_ids") or []), None, None]
    brand = brand_of(item)
    return {
        "id": item["id"],
        "title": item["title"],
        "description": item["description"],
        "price": money(item),
        "currency": item["currency"],
        "brand_id": content.get("brand_id"),
        "brand_dto": {"title": brand, "slug": brand.lower().replace(" ", "-")},
        "size_id": content.get("size_id"),
        "catalog_id": content.get("catalog_id"),
        "status_id": condition_of(content),
        "status": CONDITIONS.get(condition_of(content) or 0, ""),
        "color1_id": colours[0],
        "color2_id": colours[1],
        "package_size_id": content.get("package_size_id"),
        "measurement_length": content.get("measurement_length"),
        "measurement_width": content.get("measurement_width"),
        "measurement_unit": "cm",
        "is_unisex": int(bool(content.get("is_unisex"))),
        "is_draft": item["is_draft"],
        "is_closed": item["is_closed"],
        "is_reserved": item["is_reserved"],
        "is_hidden": item["is_hidden"],
        "manufacturer_labelling": content.get("manufacturer_labelling"),
        "item_attributes": content.get("item_attributes") or [],
        "url": url(item),
        "photos": photos_of(state, item),
    }


def in_wardrobe(state: State, item: Json) -> Json:
    """As the list shows it: words instead of ids, and no description."""
    content, seller = item["content"], sellers.known(state, item["seller"])
    return {
        "id": item["id"],
        "title": item["title"],
        "price": money(item),
        "currency": item["currency"],
        "total_item_price": money(item),
        "service_fee": {"amount": "0.7", "currency_code": item["currency"]},
        "brand": brand_of(item),
        "size": SIZE_TITLES.get(content.get("size_id") or 0, ""),
        "status": CONDITIONS.get(condition_of(content) or 0, ""),
        "url": url(item),
        "photos": photos_of(state, item),
        "view_count": 0,
        "favourite_count": 0,
        "is_draft": item["is_draft"],
        "is_closed": item["is_closed"],
        "item_closing_action": item["item_closing_action"],
        "is_reserved": item["is_reserved"],
        "is_hidden": item["is_hidden"],
        "user": {"id": seller["user_id"], "login": seller["username"]},
        "created_at_ts": int(item["created"]),
    }


def condition_of(content: Json) -> int | None:
    """`status_id`, or the attribute that took its place in 2026."""
    named = [ids for code, ids in attributes_of(content) if code == "condition" and ids]
    found = named[0][0] if named else content.get("status_id")
    return found if isinstance(found, int) else None


def attributes_of(content: Json) -> list[tuple[str, list[Any]]]:
    """Pairs of code and ids, of those that can be read."""
    given = content.get("item_attributes")
    listed = given if isinstance(given, list) else []
    return [
        (str(each.get("code")), each["ids"])
        for each in listed
        if isinstance(each, dict) and isinstance(each.get("ids"), list)
    ]
