"""What Vinted's answers say, read defensively: the shapes of a private API change without notice.

A page instead of JSON is never an empty list, and a missing id is an unreadable answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplaces.http import Response
from marketplaces.vinted.errors import is_page, page_instead
from tasks.errors import OutcomeUnknownError, TransientError
from tasks.sentences import sentence

logger = logging.getLogger(__name__)

Json = dict[str, Any]

PATH_SIGN = " > "
_MOST_DIGITS = 20
DRAFT, LIVE, HIDDEN, SOLD, CLOSED = "draft", "live", "hidden", "sold", "closed"
"""What an item is; a reserved one is live, because a reservation may be lifted."""


@dataclass(frozen=True, slots=True)
class VintedItem:
    """An item as the wardrobe or the edit form shows it."""

    item_id: str
    title: str
    state: str
    price: str = ""
    """A decimal number; empty when Vinted does not say."""
    currency: str = ""
    url: str = ""
    photo_ids: tuple[str, ...] = ()
    is_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    number: int
    pages: int
    entries: int
    """In all."""


@dataclass(frozen=True, slots=True)
class Member:
    user_id: str
    login: str


@dataclass(frozen=True, slots=True)
class Named:
    """A colour, a brand or a size."""

    number: str
    title: str
    code: str = ""
    """Vinted's own name of a colour; empty when it has none."""


def document(response: Response) -> Json:
    """The body as an object; a page in its place is what `page_instead` makes of it."""
    if is_page(response):
        raise page_instead(response)
    return response.json_object()


def member(response: Response) -> Member | None:
    """None when nobody is signed in: Vinted may answer with an anonymous user, without a login."""
    told = document(response).get("user")
    if not isinstance(told, dict) or not told.get("login"):
        return None
    return Member(number(response, told, "id"), str(told["login"]))


def photo_id(response: Response) -> str:
    told = document(response)
    return number(response, _unwrapped(told, "photo"), "id")


def written(response: Response) -> VintedItem:
    """The draft or item that a write has made or changed; at the least its id."""
    return item(response, _unwrapped(document(response), "item", "draft"))


def read(response: Response) -> VintedItem:
    return item(response, _unwrapped(document(response), "item"))


def hidden(response: Response) -> bool | None:
    """What Vinted says an item is after it was hidden or shown; None when it does not."""
    told = _unwrapped(document(response), "item").get("is_hidden")
    return told if isinstance(told, bool) else None


def item(response: Response, told: Mapping[str, Any]) -> VintedItem:
    price, currency = money(told.get("price"))
    photos = told.get("photos")
    listed = photos if isinstance(photos, list) else []
    return VintedItem(
        item_id=number(response, told, "id"),
        title=str(told.get("title") or ""),
        state=_state(told),
        price=price,
        currency=currency or str(told.get("currency") or ""),
        url=str(told.get("url") or ""),
        photo_ids=tuple(str(each["id"]) for each in listed if _has_id(each)),
        is_reserved=bool(told.get("is_reserved")),
    )


def wardrobe(response: Response) -> tuple[list[VintedItem], Paging]:
    """Without what has no usable number: so fewer are shown than are counted, which proves nothing."""
    told = listed(response, document(response), "items")
    return [item(response, each) for each in told if _is_item(each)], paging(response)


def orders(response: Response) -> tuple[list[Json], Paging]:
    return listed(response, document(response), "my_orders"), paging(response)


def transaction(response: Response) -> Json:
    return _unwrapped(document(response), "transaction")


def categories(response: Response) -> dict[str, str]:
    """Paths by number, from the root on, of those that items can be listed in."""
    found: dict[str, str] = {}
    waiting = [(each, "") for each in listed(response, document(response), "catalogs")]
    while waiting:
        node, above = waiting.pop()
        path = PATH_SIGN.join(filter(None, [above, str(node.get("title") or "")]))
        below = [each for each in node.get("catalogs") or [] if isinstance(each, dict)]
        if not below:
            found[number(response, node, "id")] = path
        waiting += [(each, path) for each in below]
    return found


def named(response: Response, name: str) -> list[Named]:
    return [_named(response, each) for each in listed(response, document(response), name)]


def sizes(response: Response) -> list[Named]:
    """Of all groups; empty for a category whose items have none."""
    groups = listed(response, document(response), "size_groups")
    return [_named(response, each) for group in groups for each in listed(response, group, "sizes")]


def money(told: Any) -> tuple[str, str]:
    """An amount and a currency, from an object or from a bare number; "" for what is not said."""
    if isinstance(told, dict):
        return str(told.get("amount") or ""), str(told.get("currency_code") or "")
    return ("" if told is None or isinstance(told, bool) else str(told)), ""


def paging(response: Response) -> Paging:
    told = document(response).get("pagination")
    values = [
        told.get(name) if isinstance(told, dict) else None
        for name in ("current_page", "total_pages", "total_entries")
    ]
    if not all(isinstance(each, int) for each in values):
        raise _unreadable(response, "pagination")
    return Paging(*(int(each) for each in values if each is not None))


def listed(response: Response, told: Mapping[str, Any], name: str) -> list[Json]:
    found = told.get(name)
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise _unreadable(response, name)


def number(response: Response, told: Mapping[str, Any], name: str) -> str:
    """One of Vinted's ids, as text.

    OutcomeUnknownError when it is missing from the answer to a write, else TransientError.
    """
    value = told.get(name)
    text = "" if isinstance(value, bool) else str(value or "")
    if is_number(text):
        return text
    raise _unreadable(response, name)


def is_number(text: str) -> bool:
    """Whether it can be one of Vinted's ids."""
    is_decimal = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return is_decimal and int(text) > 0


def _state(told: Mapping[str, Any]) -> str:
    """Only what was closed as sold is a sale; a draft comes first, since it may say anything."""
    if told.get("is_draft"):
        return DRAFT
    if told.get("is_closed"):
        return SOLD if told.get("item_closing_action") == "sold" else CLOSED
    return HIDDEN if told.get("is_hidden") else LIVE


def _unwrapped(told: Json, *names: str) -> Json:
    """Vinted wraps an object in its kind, or does not."""
    found = next((told[name] for name in names if isinstance(told.get(name), dict)), told)
    return dict(found)


def _named(response: Response, told: Mapping[str, Any]) -> Named:
    return Named(
        number(response, told, "id"), str(told.get("title") or ""), str(told.get("code") or "")
    )


def _is_item(told: Json) -> bool:
    is_item = is_number(str(told.get("id") or ""))
    if not is_item:
        logger.warning("vinted.item_without_number %.100s", told.get("id"))
    return is_item


def _has_id(told: Any) -> bool:
    return isinstance(told, dict) and bool(told.get("id"))


def _unreadable(response: Response, name: str) -> OutcomeUnknownError | TransientError:
    error = OutcomeUnknownError if response.request.is_write else TransientError
    return error(
        sentence(
            "Vinted answered {status} without a usable “{name}”.", status=response.status, name=name
        ),
        evidence=response.evidence,
    )
