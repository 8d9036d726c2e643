"""A member's wardrobe, page by page, and who is signed in."""

from collections.abc import Sequence
from typing import Any

from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import errors, items, sellers
from marketplaces.sandbox.vinted.errors import refusal
from marketplaces.sandbox.vinted.settings import settings_of

Json = dict[str, Any]

LARGEST_PAGE = 96
USUAL_PAGE = 20


def current_user(state: State, call: Call) -> Answer:
    if not call.seller:
        if settings_of(state).anonymous_without_401:
            return Answer(status=200, body={"user": {"id": None, "anonymous": True}, "code": 0})
        return errors.answer(401)
    seller = sellers.known(state, call.seller)
    found = items.of_seller(state, call.seller)
    given = sum(each["item_closing_action"] == "sold" for each in found)
    user = {
        "id": seller["user_id"],
        "login": call.seller,
        "item_count": sum(items.is_public(each) and not each["is_closed"] for each in found),
        "total_items_count": len(found),
        "given_item_count": given,
        "taken_item_count": 0,
        "followers_count": 0,
        "feedback_count": 0,
        "feedback_reputation": 0,
        "positive_feedback_count": 0,
        "negative_feedback_count": 0,
        "business": False,
        "is_on_holiday": False,
    }
    return Answer(status=200, body={"user": user, "code": 0})


def read(state: State, call: Call) -> Answer:
    """Of the caller all there is, of others what buyers see; `cond=sold` only what was sold."""
    owner = sellers.of_user_id(state, call.params["user_id"])
    if owner is None:
        raise refusal(404)
    found = items.of_seller(state, owner["username"])
    if owner["username"] != call.seller:
        found = [each for each in found if items.is_public(each)]
    if call.query.get("cond") == "sold":
        found = [each for each in found if each["item_closing_action"] == "sold"]
    shown, pagination = page(state, call, found)
    listed = [items.in_wardrobe(state, each) for each in shown]
    return Answer(status=200, body={"items": listed, "pagination": pagination, "code": 0})


def page(
    state: State, call: Call, found: Sequence[Json], *, usual: int = USUAL_PAGE
) -> tuple[Sequence[Json], Json]:
    """The wanted page and its `pagination`. Pages of what changes meanwhile overlap or leave gaps."""
    size = min(_number(call, "per_page", usual), LARGEST_PAGE)
    number = _number(call, "page", 1)
    settings = state.settings
    shift = settings.items_skipped_per_page - settings.items_repeated_per_page
    step = max(1, size + shift)
    first = (number - 1) * step
    pagination = {
        "current_page": number,
        "total_pages": max(1, -(-len(found) // step)),
        "total_entries": len(found),
        "per_page": size,
        "time": int(state.now()),
    }
    return found[first : first + size], pagination


def _number(call: Call, name: str, usual: int) -> int:
    text = call.query.get(name, str(usual))
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise refusal(400, f"{name} has to be a number of 1 or more")
    return int(text)
