"""Orders as a seller reads them. The buyer is nobody: what is theirs is plainly made up."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import items, sellers, wardrobe
from marketplaces.sandbox.vinted.catalogue import SIZE_TITLES
from marketplaces.sandbox.vinted.errors import refusal
from marketplaces.sandbox.vinted.kinds import TRANSACTIONS
from marketplaces.sandbox.vinted.sales import COMPLETED, FAILED

Json = dict[str, Any]

USUAL_PAGE = 20
BUYER = 90_000_001
TITLES = {COMPLETED: "Completed", FAILED: "Refunded"}
"""Of a status; any other sale is under way."""


def read_all(state: State, call: Call) -> Answer:
    """`status=all` has them all; `completed` passes over those under way and the refunded ones."""
    if call.query.get("type") not in {"sold", "purchased"}:
        raise refusal(400, "type is sold or purchased")
    wanted = call.query.get("status", "all")
    found = [] if call.query["type"] == "purchased" else _of_seller(state, call.seller)
    if wanted != "all":
        found = [each for each in found if each["user_status"] == wanted]
    shown, pagination = wardrobe.page(state, call, found, usual=USUAL_PAGE)
    orders = [_order(state, call, each) for each in shown]
    return Answer(status=200, body={"my_orders": orders, "pagination": pagination, "code": 0})


def read(state: State, call: Call) -> Answer:
    key = call.params["transaction_id"]
    sale = state.documents.get(TRANSACTIONS, call.seller, key, as_of=state.seen_from_outside())
    if sale is None:
        raise refusal(404)
    return Answer(status=200, body={"transaction": _transaction(state, call, sale), "code": 0})


def _of_seller(state: State, seller: str) -> list[Json]:
    found = state.documents.all_of(TRANSACTIONS, seller, as_of=state.seen_from_outside())
    return sorted(found, key=lambda each: int(each["id"]), reverse=True)


def _order(state: State, call: Call, sale: Json) -> Json:
    sold = _items(state, sale)
    return {
        "transaction_id": sale["id"],
        "conversation_id": sale["conversation_id"],
        "title": _title(sold),
        "price": _money(call, sold),
        "status": TITLES.get(sale["user_status"], "Payment received"),
        "date": _time(sale["created"]),
        "photo": _photo(state, sold),
        "transaction_user_status": sale["user_status"],
    }


def _transaction(state: State, call: Call, sale: Json) -> Json:
    sold = _items(state, sale)
    seller = sellers.known(state, sale["seller"])
    return {
        "id": sale["id"],
        "status": sale["status"],
        "status_title": TITLES.get(sale["user_status"], "Payment received"),
        "status_updated_at": _time(sale["status_updated"]),
        "transaction_user_status": sale["user_status"],
        "user_msg_thread_id": sale["conversation_id"],
        "debit_processed_at": _time(sale["created"]),
        "item_id": sold[0]["id"],
        "item_title": _title(sold),
        "service_fee": _money(call, []),
        "offer": {"id": sale["id"], "price": _money(call, sold), "buyer_protection_fee": None},
        "order": {"id": sale["id"], "items": [_line(state, call, each) for each in sold]},
        "buyer": {
            "id": BUYER,
            "login": sale["buyer"],
            "photo": None,
            "country_code": "FR",
            "city": None,
            "feedback_reputation": 0,
        },
        "seller": {"id": seller["user_id"], "login": seller["username"]},
        "shipment": {
            "id": sale["shipment_id"],
            "status": sale["shipment_status"],
            "price": None,
            "tracking_code": None,
            "carrier_name": None,
            "shipped_at": None,
            "delivered_at": None,
            "status_updated_at": _time(sale["status_updated"]),
        },
    }


def _line(state: State, call: Call, item: Json) -> Json:
    return {
        "id": item["id"],
        "title": item["title"],
        "price": _money(call, [item]),
        "size_title": SIZE_TITLES.get(item["content"].get("size_id") or 0, ""),
        "brand_title": items.brand_of(item),
        "photos": items.photos_of(state, item),
    }


def _items(state: State, sale: Json) -> list[Json]:
    found = [items.find(state, str(number)) for number in sale["item_ids"]]
    return [each for each in found if each is not None]


def _title(sold: list[Json]) -> str:
    return sold[0]["title"] if len(sold) == 1 else f"Bundle of {len(sold)} items"


def _photo(state: State, sold: list[Json]) -> Json | None:
    found = items.photos_of(state, sold[0])
    return {"url": found[0]["url"]} if found else None


def _money(call: Call, sold: list[Json]) -> Json | str:
    """An object only for who asks for one by `X-Money-Object`."""
    amount = str(sum((Decimal(each["price"]) for each in sold), Decimal("0.0")))
    if call.headers.get("X-Money-Object") != "true":
        return amount
    return {"amount": amount, "currency_code": sold[0]["currency"] if sold else "EUR"}


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
