"""eBay's two kinds of paging: `offset` as a page number here, as a record number there."""

from collections.abc import Callable, Sequence
from typing import Any

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call, RefusedError

Json = dict[str, Any]
Refuse = Callable[[str, str], RefusedError]
"""From the name and the value of a parameter to the refusal of it."""


def page_by_number(
    call: Call,
    found: Sequence[Json],
    *,
    name: str,
    path: str,
    default: int,
    most: int,
    shift: int = 0,
) -> Answer:
    """Items and offers: `offset` 0, 1, 2 is the first, second, third page.

    `shift`: by how many records each page lies further on than it should (negative: it repeats the
    end of the page before), as when things come and go between two reads.
    """
    limit = _number(call, "limit", default=default, least=1, most=most)
    page = _number(call, "offset", default=0, least=0)
    step = max(1, limit + shift)
    shown = found[page * step : page * step + limit]
    body: Json = {"total": len(found), "size": len(shown), "limit": limit, name: shown}
    return _linked(call, body, path, position=page, step=1, more=page * step + limit < len(found))


def page_by_record(
    call: Call,
    found: Sequence[Json],
    *,
    name: str,
    path: str,
    default: int = 100,
    most: int = 100,
    refuse: Refuse | None = None,
) -> Answer:
    """Locations and orders: `offset` is the number of records to pass over."""
    limit = _number(call, "limit", default=default, least=1, most=most, refuse=refuse)
    first = _number(call, "offset", default=0, least=0, refuse=refuse)
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


def _number(
    call: Call,
    name: str,
    *,
    default: int,
    least: int,
    most: int | None = None,
    refuse: Refuse | None = None,
) -> int:
    text = call.query.get(name, str(default))
    value = int(text) if text.isdecimal() and len(text) < 10 else -1
    if value < least or (most is not None and value > most):
        if refuse is not None:
            raise refuse(name, text)
        raise refusal(400, 25706, info=f"{name} is {text!r}")
    return value
