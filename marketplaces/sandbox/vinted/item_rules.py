"""What Vinted asks of an item. A draft may lack anything; what goes on sale is checked whole.

Which limits hold is told by open projects, and not confirmed by Vinted.
"""

from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplaces.sandbox.vinted.catalogue import (
    BRANDS,
    CATEGORIES,
    COLOURS,
    CONDITIONS,
    PACKAGE_SIZES,
    Category,
    sizes_of,
)
from marketplaces.sandbox.vinted.errors import Problem
from marketplaces.sandbox.vinted.items import attributes_of, condition_of

Json = dict[str, Any]

MAX_TITLE = 100
MAX_DESCRIPTION = 2000
MIN_PRICE, MAX_PRICE = Decimal(1), Decimal(30_000)
MAX_COLOURS = 2
MAX_MATERIALS = 3
SHOUTING_LETTERS = 8
SHOUTING_SHARE = 0.75
"""A title of so many letters, this share of them capitals, is shouted."""


def limits(content: Json) -> list[Problem]:
    """What is wrong even in a draft."""
    found = []
    if len(_text(content, "title")) > MAX_TITLE:
        found.append(Problem("title", f"Title can have up to {MAX_TITLE} characters"))
    if len(_text(content, "description")) > MAX_DESCRIPTION:
        found.append(
            Problem("description", f"Description can have up to {MAX_DESCRIPTION} characters")
        )
    return found


def whole(content: Json) -> list[Problem]:
    """What keeps it from being on sale."""
    problems = [Problem(field, words) for field, check in CHECKS if (words := check(content))]
    return [*limits(content), *problems]


def price_of(content: Json) -> Decimal | None:
    """None = it can't be read, or has more than two places."""
    value = content.get("price")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price == round(price, 2) else None


def _title(content: Json) -> str:
    title = _text(content, "title")
    letters = [each for each in title if each.isalpha()]
    capitals = [each for each in letters if each.isupper()]
    if not title:
        return "Title can't be blank"
    if len(letters) >= SHOUTING_LETTERS and len(capitals) > len(letters) * SHOUTING_SHARE:
        return "Title can't be all capital letters"
    return ""


def _description(content: Json) -> str:
    return "" if _text(content, "description") else "Description can't be blank"


def _price(content: Json) -> str:
    price = price_of(content)
    if price is None:
        return "Price is not a number with up to two decimals"
    if not MIN_PRICE <= price <= MAX_PRICE:
        return f"Price must be between {MIN_PRICE} and {MAX_PRICE}"
    return ""


def _currency(content: Json) -> str:
    return "" if content.get("currency") == "EUR" else "Currency must be EUR"


def _category(content: Json) -> str:
    return "" if _leaf(content) else "Choose a category"


def _brand(content: Json) -> str:
    number = content.get("brand_id")
    if number is None:
        return "" if _text(content, "brand") else "Choose a brand"
    return "" if _is_one_of(number, BRANDS) else "This brand does not exist"


def _size(content: Json) -> str:
    category, number = _leaf(content), content.get("size_id")
    if category is None:
        return ""
    sizes = sizes_of(category)
    if sizes:
        return "" if _is_one_of(number, sizes) else "Choose a size of this category"
    return "" if number is None else "This category has no sizes"


def _colours(content: Json) -> str:
    given = content.get("color_ids")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_COLOURS:
        return f"Choose 1 to {MAX_COLOURS} colours"
    return "" if all(_is_one_of(each, COLOURS) for each in given) else "This colour does not exist"


def _condition(content: Json) -> str:
    return "" if condition_of(content) in CONDITIONS else "Choose the condition"


def _package(content: Json) -> str:
    is_known = _is_one_of(content.get("package_size_id"), PACKAGE_SIZES)
    return "" if is_known else "Choose the size of the parcel"


def _attributes(content: Json) -> str:
    for code, ids in attributes_of(content):
        if code == "material" and len(ids) > MAX_MATERIALS:
            return f"Choose up to {MAX_MATERIALS} materials"
    return ""


def _unisex(content: Json) -> str:
    category = _leaf(content)
    if content.get("is_unisex") and category and not category.is_unisex:
        return "This category is not for everybody"
    return ""


CHECKS: tuple[tuple[str, Callable[[Json], str]], ...] = (
    ("title", _title),
    ("description", _description),
    ("price", _price),
    ("currency", _currency),
    ("catalog_id", _category),
    ("brand", _brand),
    ("size", _size),
    ("color", _colours),
    ("status", _condition),
    ("package_size", _package),
    ("item_attributes", _attributes),
    ("is_unisex", _unisex),
)
"""By the field that the error names."""


def _leaf(content: Json) -> Category | None:
    number = content.get("catalog_id")
    category = CATEGORIES.get(number) if isinstance(number, int) else None
    return category if category and not category.children else None


def _is_one_of(value: Any, known: Collection[int]) -> bool:
    return isinstance(value, int) and value in known


def _text(content: Json, name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
