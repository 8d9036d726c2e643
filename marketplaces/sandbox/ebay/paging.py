"""eBay's two kinds of paging: `offset` as a page number here, as a record number there."""

from collections.abc import Sequence
from typing import Any

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call

Json = dict[str, Any]


def page_by_number(
    call: Call, found: Sequence[Json], *, name: str, path: str, default: int, most: int
) -> Answer:
    """Items and offers: `offset` 0, 1, 2 is the first, second, third page."""
    limit = _number(call, "limit", default=default, least=1, most=most)
    page = _number(call, "offset", default=0, least=0)
    shown = found[page * limit : (page + 1) * limit]
    body: Json = {"total": len(found), "size": len(shown), "limit": limit, name: shown}
    step = 1
    return _linked(call, body, path, position=page, step=step, more=(page + 1) * limit < len(found))


def page_by_record(call: Call, found: Sequence[Json], *, name: str, path: str) -> Answer:
    """Locations: `offset` is the number of records to pass over."""
    limit = _number(call, "limit", default=100, least=1, most=100)
    first = _number(call, "offset", default=0, least=0)
    shown = found[first : first + limit]
    body: Json = {"total": len(found), "limit": limit, "offset": first, name: shown}
    return _linked(call, body, path, position=first, step=limit, more=first + limit < len(found))


def _linked(call: Call, body: Json, path: str, *, position: int, step: int, more: bool) -> Answer:
    kept = "".join(f"&{k}={v}" for k, v in call.query.items() if k not in {"limit", "offset"})

    def link(offset: int) -> str:
        return f"{call.origin}{path}?limit={body['limit']}&offset={max(0, offset)}{kept}"

    body["href"] = link(position)
    if more:
        body["next"] = link(position + step)
    if position:
        body["prev"] = link(position - step)
    return Answer(status=200, body=body)


def _number(call: Call, name: str, *, default: int, least: int, most: int | None = None) -> int:
    text = call.query.get(name, str(default))
    value = int(text) if text.isdecimal() and len(text) < 10 else -1
    if value < least or (most is not None and value > most):
        raise refusal(400, 25706, info=f"{name} is {text!r}")
    return value
