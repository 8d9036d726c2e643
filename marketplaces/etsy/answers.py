"""What Etsy's answers say, read strictly: a missing id is an unreadable answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marketplaces.http import Response
from tasks.errors import OutcomeUnknownError, TransientError
from tasks.sentences import sentence

PATH_SIGN = " > "
ACTIVE = "active"
INACTIVE = "inactive"
SOLD_OUT = "sold_out"
DRAFT = "draft"
EXPIRED = "expired"
STATES = (DRAFT, ACTIVE, INACTIVE, SOLD_OUT, EXPIRED)
"""Those that can be listed, in the order in which a listing moves through them. Answers show others
too ("edit", etsy/open-api#425)."""


@dataclass(frozen=True, slots=True)
class EtsyListing:
    listing_id: str
    state: str
    title: str
    description: str
    quantity: int | None
    """None when Etsy does not say, which is not the same as none left."""
    created_at: int
    """Unix seconds."""
    url: str
    skus: frozenset[str] = frozenset()
    """Only read where the inventory was asked for."""
    price: str = ""
    """Of one piece: a decimal number; empty when Etsy does not say."""
    currency: str = ""
    shop_id: str = ""


@dataclass(frozen=True, slots=True)
class ListingPages:
    """The listings in one state, each once."""

    listings: tuple[EtsyListing, ...]
    is_complete: bool
    """Whether as many were read as Etsy counts: its pages repeat and shift."""


@dataclass(frozen=True, slots=True)
class EtsyImage:
    image_id: str
    rank: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A shipping profile, a processing profile or a return policy."""

    profile_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Shop:
    shop_id: str
    name: str
    currency: str
    country: str = field(default="")
    """ISO 3166-1 alpha-2; empty when Etsy does not say."""


def listing(response: Response, document: Mapping[str, Any] | None = None) -> EtsyListing:
    told = response.json_object() if document is None else document
    quantity = told.get("quantity")
    price, currency = money(told.get("price"))
    return EtsyListing(
        listing_id=number(response, told, "listing_id"),
        state=_text(response, told, "state"),
        title=str(told.get("title") or ""),
        description=str(told.get("description") or ""),
        quantity=quantity if isinstance(quantity, int) else None,
        created_at=_seconds(told.get("created_timestamp") or told.get("creation_timestamp")),
        url=str(told.get("url") or ""),
        skus=skus(told.get("inventory")),
        price="" if price is None else str(price),
        currency=currency,
        shop_id=str(told.get("shop_id") or ""),
    )


def page(response: Response) -> tuple[int, list[EtsyListing]]:
    """How many there are in all, and those of this page."""
    return count(response), [listing(response, each) for each in results(response)]


def image(response: Response, document: Mapping[str, Any] | None = None) -> EtsyImage:
    told = response.json_object() if document is None else document
    rank = told.get("rank")
    return EtsyImage(
        number(response, told, "listing_image_id"), rank if isinstance(rank, int) else 0
    )


def images(response: Response) -> list[EtsyImage]:
    """In the order in which buyers see them."""
    found = [image(response, each) for each in results(response)]
    return sorted(found, key=lambda each: each.rank)


def profiles(response: Response, id_name: str, *title_names: str) -> list[Profile]:
    """Those that the seller has not deleted."""
    return [
        Profile(
            number(response, each, id_name),
            next((str(each[name]) for name in title_names if each.get(name)), ""),
        )
        for each in results(response)
        if not each.get("is_deleted")
    ]


def shop(response: Response) -> Shop:
    told = response.json_object()
    country = told.get("shop_location_country_iso") or told.get("shipping_from_country_iso")
    return Shop(
        shop_id=number(response, told, "shop_id"),
        name=str(told.get("shop_name") or ""),
        currency=_text(response, told, "currency_code"),
        country=str(country or ""),
    )


def money(told: Any) -> tuple[Decimal | None, str]:
    """Etsy's Money as an amount and a currency; None and "" when it does not say."""
    if not isinstance(told, dict) or not told.get("divisor") or told.get("amount") is None:
        return None, ""
    try:
        divisor = Decimal(told["divisor"])
        amount = (Decimal(told["amount"]) / divisor).quantize(1 / divisor)
    except (ArithmeticError, TypeError, ValueError):
        return None, ""
    return amount, str(told.get("currency_code") or "")


def scopes(response: Response) -> frozenset[str]:
    """What a token may do, which Etsy answers as a bare list."""
    told = response.document
    if isinstance(told, list) and all(isinstance(each, str) for each in told):
        return frozenset(told)
    raise _unreadable(response, "scopes")


def categories(response: Response) -> dict[str, str]:
    """Paths by number, from the root on, of a whole tree."""
    found: dict[str, str] = {}
    waiting = [(each, "") for each in results(response)]
    while waiting:
        node, above = waiting.pop()
        path = PATH_SIGN.join(filter(None, [above, str(node.get("name") or "")]))
        found[number(response, node, "id")] = path
        waiting += [(each, path) for each in node.get("children") or []]
    return found


def count(response: Response) -> int:
    found = response.json_object().get("count")
    if isinstance(found, int):
        return found
    raise _unreadable(response, "count")


def results(response: Response) -> list[dict[str, Any]]:
    found = response.json_object().get("results")
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise _unreadable(response, "results")


def number(response: Response, document: Mapping[str, Any], name: str) -> str:
    """One of Etsy's ids, as text.

    OutcomeUnknownError when it is missing from the answer to a write, else TransientError.
    """
    value = document.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    raise _unreadable(response, name)


def _text(response: Response, document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    raise _unreadable(response, name)


def _seconds(value: Any) -> int:
    return value if isinstance(value, int) else 0


def skus(inventory: Any) -> frozenset[str]:
    """Those of an inventory document's variations."""
    products = inventory.get("products") if isinstance(inventory, dict) else None
    return frozenset(
        str(each["sku"])
        for each in (products if isinstance(products, list) else [])
        if isinstance(each, dict) and each.get("sku") and not each.get("is_deleted")
    )


def _unreadable(response: Response, name: str) -> OutcomeUnknownError | TransientError:
    error = OutcomeUnknownError if response.request.is_write else TransientError
    return error(
        sentence(
            "Etsy answered {status} without a usable “{name}”.", status=response.status, name=name
        ),
        evidence=response.evidence,
    )
