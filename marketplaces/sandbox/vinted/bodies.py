"""Reads the JSON of a write, and puts what it says into an item."""

import json
from typing import Any

from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import item_rules, photos
from marketplaces.sandbox.vinted.errors import Problem, invalid, refusal

Json = dict[str, Any]


def document(call: Call) -> Json:
    """The whole body; an object, whatever else it says."""
    try:
        body = json.loads(call.body)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError as mistake:
        raise refusal(400, "The body is not JSON") from mistake
    if call.content_type != "application/json" or not isinstance(body, dict):
        raise refusal(400, "The body is not a JSON object")
    return body


def content(call: Call, name: str) -> Json:
    """What stands under `item` or `draft`. A paid bump that comes along is never meant."""
    body = document(call)
    found = body.get(name)
    if not isinstance(found, dict):
        raise refusal(400, f"{name} is missing")
    if body.get("push_up"):
        call.violations.append(f"{call.route} pays for a bump")
    call.subject = str(found.get("title") or call.subject)
    return found


def write(
    state: State, item: Json, given: Json, *, photos_in: str, problems: list[Problem], least: int
) -> None:
    """Replace all that the item says by what is given, photos included, or refuse it as a whole.

    `photos_in` names the field of the photos, `least` how many there have to be; `problems` are
    those of the other fields.
    """
    listed = given.get(photos_in) or []
    numbers, words = photos.check(state, item["seller"], item["id"], listed)
    if not words and len(numbers) < least:
        words = "Add at least 1 photo"
    found = [*problems, *([Problem("photos", words)] if words else [])]
    if found:
        raise invalid(found)
    photos.attach(state, item, numbers)
    price = item_rules.price_of(given)
    item |= {
        "title": str(given.get("title") or "").strip(),
        "description": str(given.get("description") or "").strip(),
        "price": str(float(price)) if price is not None else "0.0",
        "currency": str(given.get("currency") or "EUR"),
        "content": {k: v for k, v in given.items() if k not in {"photos", "assigned_photos"}},
    }
