"""Orders as a seller reads them (`/sell/fulfillment/v1/order`); buyers make them, see `buyers`."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.kinds import ORDERS
from marketplaces.sandbox.ebay.paging import page_by_record
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/sell/fulfillment/v1/order"
OLDEST = timedelta(days=2 * 365)
_CRITERION = re.compile(r"(\w+):(\[[^\]]*\]|\{[^}]*\})")
_RANGE = re.compile(r"\[([^.\]]*(?:\.\d+)?Z?)\.\.([^\]]*)\]")
_FIELDS = {"creationdate": "creationDate", "lastmodifieddate": "lastModifiedDate"}


def timestamp(moment: float) -> str:
    """As eBay writes it: UTC, milliseconds, Z."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def read_all(state: State, call: Call) -> Answer:
    """Newest first; the document leaves the order open."""
    wanted = _filter(state, call.query.get("filter", ""))
    found = [order for order in state.documents.all_of(ORDERS, call.seller) if wanted(order)]
    found.sort(key=lambda order: str(order["creationDate"]), reverse=True)
    return page_by_record(
        call,
        found,
        name="orders",
        path=PATH,
        default=50,
        most=200,
        refuse=lambda name, value: refusal(400, 31100 if name == "limit" else 31000, info=value),
    )


def read(state: State, call: Call) -> Answer:
    order_id = call.params["orderId"]
    order = state.documents.get(ORDERS, call.seller, order_id)
    if order is None:
        raise refusal(404, 32100, info=order_id)
    return Answer(status=200, body=order)


def _filter(state: State, text: str) -> Callable[[Json], bool]:
    criteria = dict(_CRITERION.findall(text))
    if text and not criteria:
        raise refusal(400, 30700, info=text)
    for name in criteria:
        if name not in {*_FIELDS, "orderfulfillmentstatus"}:
            raise refusal(400, 30700, info=name)
    # The document: of the two dates, only that of the creation is used if both are given.
    name = next((name for name in _FIELDS if name in criteria), None)
    if name is None:
        return lambda _order: True
    start, end = _range(state, name, criteria[name])
    return lambda order: start <= str(order[_FIELDS[name]]) <= end


def _range(state: State, name: str, text: str) -> tuple[str, str]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise refusal(400, 30800, info=f"{text} of {name}")
    if not found[1]:
        raise refusal(400, 30820)
    now = datetime.fromtimestamp(state.now(), UTC)
    start = _moment(found[1])
    end = _moment(found[2]) if found[2] else now
    if start > now or end > now + timedelta(seconds=1):
        raise refusal(400, 30850)
    if start > end:
        raise refusal(400, 30840)
    if now - start > OLDEST:
        raise refusal(400, 30830)
    return timestamp(start.timestamp()), timestamp(end.timestamp())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusal(400, 30810) from None
    if moment.tzinfo is None:
        raise refusal(400, 30810)
    return moment
