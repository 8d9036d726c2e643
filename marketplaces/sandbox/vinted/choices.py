"""What the upload form asks before an item is written: categories, colours, brands, sizes."""

from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted.catalogue import BRANDS, CATEGORIES, COLOURS, SIZES, TREE


def catalogs(_state: State, _call: Call) -> Answer:
    return _told("catalogs", [each.shown() for each in TREE])


def colors(_state: State, _call: Call) -> Answer:
    shown = [
        {"id": number, "title": title, "code": title.upper().replace(" ", "-")}
        for number, title in COLOURS.items()
    ]
    return _told("colors", shown)


def brands(_state: State, call: Call) -> Answer:
    """Those whose name has the keyword in it, the same for each category here."""
    keyword = call.query.get("keyword", "").casefold()
    shown = [
        {"id": number, "title": title, "slug": title.lower().replace(" ", "-")}
        for number, title in BRANDS.items()
        if keyword in title.casefold()
    ]
    return _told("brands", shown)


def size_groups(_state: State, call: Call) -> Answer:
    """`catalog_ids[]`: of one category, or none of one that has no sizes."""
    wanted = call.query.get("catalog_ids[]", "")
    category = CATEGORIES.get(int(wanted)) if wanted.isdecimal() else None
    if category is None or category.size_group is None:
        return _told("size_groups", [])
    caption, sizes = SIZES[category.size_group]
    shown = [{"id": number, "title": title} for number, title in sizes.items()]
    group = {"id": category.size_group, "caption": caption, "sizes": shown}
    return _told("size_groups", [group])


def _told(name: str, found: object) -> Answer:
    return Answer(status=200, body={name: found, "code": 0})
