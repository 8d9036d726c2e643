"""What a listing's fields may hold: characters and numbers from the document, lengths from Etsy's
seller help (title 140; 13 tags of 20; a quantity up to 999), which the document leaves out.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from marketplaces.sandbox.etsy import shops, taxonomy
from marketplaces.sandbox.etsy.errors import Problem, invalid, refusal
from marketplaces.sandbox.etsy.kinds import READINESS_STATES, RETURN_POLICIES
from marketplaces.sandbox.state import State

Fields = Mapping[str, Any]

MAX_TITLE = 140
MAX_TAGS = 13
MAX_TAG = 20
MAX_STYLES = 2
MAX_STYLE = 45
MAX_QUANTITY = 999
MAX_IMAGES = 20

SIGNS = "™©®"
ONCE = "%:&+"
"""Of these a title has one each at most."""


def check_text(fields: Fields) -> None:
    """Refuse titles, tags and the like that break a rule, all at once."""
    problems = [
        *_title(fields.get("title")),
        *_description(fields.get("description")),
        *_list("tags", fields.get("tags"), most=MAX_TAGS, longest=MAX_TAG, more=f"-'{SIGNS}"),
        *_list("materials", fields.get("materials")),
        *_list("styles", fields.get("styles"), most=MAX_STYLES, longest=MAX_STYLE),
    ]
    if problems:
        raise invalid(problems)


def check_making(fields: Fields) -> None:
    """The document: each of the three "requires" the other two (open-api#511)."""
    given = [name for name in ("who_made", "when_made", "is_supply") if name in fields]
    if given and len(given) < 3:
        raise refusal(400, "who_made, when_made and is_supply must be provided together.")


def check_references(state: State, seller: str, fields: Fields) -> None:
    """Refuse numbers of what is not there, or is somebody else's."""
    if "taxonomy_id" in fields and not taxonomy.exists(fields["taxonomy_id"]):
        raise refusal(400, f"Invalid taxonomy_id: {fields['taxonomy_id']}.")
    profile = fields.get("shipping_profile_id")
    if profile is not None and not shops.has_shipping_profile(state, seller, profile):
        raise refusal(400, f"Invalid shipping_profile_id: {profile}.")
    for name, kind in (
        ("return_policy_id", RETURN_POLICIES),
        ("readiness_state_id", READINESS_STATES),
    ):
        number = fields.get(name)
        if number is not None and not shops.has(state, seller, kind, number):
            raise refusal(400, f"Invalid {name}: {number}.")


def check_amounts(fields: Fields) -> None:
    if fields["price"] <= 0:
        raise refusal(400, "price must be a positive value.")
    if not 1 <= fields["quantity"] <= MAX_QUANTITY:
        raise refusal(400, f"Quantity must be between 1 and {MAX_QUANTITY}.")


def _title(title: str | None) -> list[Problem]:
    if title is None:
        return []
    problems = []
    if not title.strip():
        problems.append(Problem("title", "too_short", "must not be empty"))
    if len(title) > MAX_TITLE:
        problems.append(Problem("title", "too_long", f"must be {MAX_TITLE} characters or less"))
    if not _consists_of(title, ("L", "P", "Sm", "Zs"), SIGNS):
        problems.append(Problem("title", "invalid_characters", "contains invalid characters"))
    problems += [
        Problem("title", "invalid_characters", f"may contain {sign} only once")
        for sign in ONCE
        if title.count(sign) > 1
    ]
    return problems


def _description(description: str | None) -> list[Problem]:
    if description is None or description.strip():
        return []
    return [Problem("description", "too_short", "must not be empty")]


def _list(
    name: str,
    values: list[str] | None,
    *,
    most: int | None = None,
    longest: int | None = None,
    more: str = "",
) -> Iterable[Problem]:
    if values is None:
        return
    if most is not None and len(values) > most:
        yield Problem(name, "array_too_long", f"may have {most} at most")
    if len({each.lower() for each in values}) < len(values):
        yield Problem(name, "duplicate", f"You may not have duplicate {name}.")
    for number, each in enumerate(values):
        if not each:
            yield Problem(f"{name}/{number}", "too_short", "must not be empty")
        if longest is not None and len(each) > longest:
            yield Problem(f"{name}/{number}", "too_long", f"must be {longest} characters or less")
        if not _consists_of(each, ("L", "Zs"), more):
            yield Problem(f"{name}/{number}", "invalid_characters", "contains invalid characters")


def _consists_of(text: str, categories: tuple[str, ...], signs: str) -> bool:
    """Digits, and categories of Unicode: letters, punctuation, Sm = mathematics, Zs = spaces."""
    return all(
        each.isdecimal() or each in signs or unicodedata.category(each).startswith(categories)
        for each in text
    )
