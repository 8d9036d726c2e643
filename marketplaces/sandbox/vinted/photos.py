"""Photos: an upload's id is temporary until an item has it, and good for one item only."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from marketplaces.sandbox.messages import Answer, Call, RefusedError
from marketplaces.sandbox.multipart import BadMultipartError, parts_of
from marketplaces.sandbox.pictures import HugeError, UnreadableError, measure
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted.errors import Problem, invalid, refusal
from marketplaces.sandbox.vinted.kinds import PHOTOS

Json = dict[str, Any]

FORMATS = ("JPEG", "PNG", "WEBP")
"""Pillow's names."""
MAX_BYTES = 10 * 1024 * 1024
"""Unconfirmed."""
MIN_SIDE = 50
"""Pixels; unconfirmed."""
MOST = 20


def upload(state: State, call: Call) -> Answer:
    fields = _fields(call)
    if fields.get("photo[type]") != b"item":
        raise refusal(400, "photo[type] has to be item")
    width, height = measured(fields.get("photo[file]", b""))
    file = fields["photo[file]"]
    photo = new(state, call.seller, hashlib.sha256(file).hexdigest())
    photo |= {"width": width, "height": height, "size": len(file)}
    photo["temp_uuid"] = fields.get("photo[temp_uuid]", b"").decode(errors="replace")
    _save(state, photo)
    call.subject = photo["checksum"]
    told = shown(photo, number=1) | {"temp_uuid": photo["temp_uuid"], "orientation": 0}
    return Answer(status=200, body={**told, "code": 0}, effect=True)


def checksum(call: Call) -> str:
    """Of the file in an upload; empty for a body that cannot be read."""
    try:
        file = _fields(call).get("photo[file]")
    except RefusedError:
        return ""
    return "" if file is None else hashlib.sha256(file).hexdigest()


def new(state: State, seller: str, checksum: str) -> Json:
    """A photo that nobody has saved yet and no item has."""
    return {
        "id": state.store.next_number("vinted.photo", start=24_000_000_001),
        "seller": seller,
        "checksum": checksum,
        "width": 800,
        "height": 600,
        "size": 0,
        "temp_uuid": "",
        "created": state.now(),
        "item_id": None,
        "is_dropped": False,
    }


def attach(state: State, item: Json, numbers: Sequence[int]) -> None:
    """Give the item exactly these photos, which `check` let through; the others are gone for good."""
    for number in item["photo_ids"]:
        if number not in numbers:
            _save(state, known(state, item["seller"], number) | {"is_dropped": True})
    for number in numbers:
        _save(state, known(state, item["seller"], number) | {"item_id": item["id"]})
    item["photo_ids"] = list(numbers)


def check(state: State, seller: str, item_id: int | None, given: Any) -> tuple[list[int], str]:
    """The ids in `[{id, orientation}]`, and what is wrong with them; empty = nothing.

    Each has to be the seller's own, and either this item's or new and not yet expired.
    """
    if not isinstance(given, list) or not all(_is_entry(each) for each in given):
        return [], "photos have to be a list of objects with an id"
    numbers = [each["id"] for each in given]
    if len(numbers) > MOST:
        return [], f"add up to {MOST} photos"
    if len(set(numbers)) < len(numbers):
        return [], "a photo is there twice"
    bad = [each for each in numbers if not _is_usable(state, seller, item_id, each)]
    return numbers, f"photo {bad[0]} can't be used" if bad else ""


def known(state: State, seller: str, number: int) -> Json:
    photo = state.documents.get(PHOTOS, seller, str(number))
    if photo is None:
        raise LookupError(f"there is no photo {number}")
    return photo


def expire(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username}`: the temporary ids of a seller, or of all, end now."""
    wanted = str(order.get("username", ""))
    found = [each for _, each in state.documents.everywhere(PHOTOS)]
    ended = [
        each
        for each in found
        if each["item_id"] is None and not each["is_dropped"] and wanted in {"", each["seller"]}
    ]
    for photo in ended:
        _save(state, photo | {"is_dropped": True})
    return {"expired": len(ended)}


def add_by_hand(state: State, item: Json, count: int) -> None:
    """So many photos that our software never saw."""
    for index in range(count):
        text = f"by hand: photo {index} of item {item['id']}"
        photo = new(state, item["seller"], hashlib.sha256(text.encode()).hexdigest())
        _save(state, photo | {"item_id": item["id"]})
        item["photo_ids"].append(photo["id"])


def shown(photo: Json, *, number: int) -> Json:
    """`number` counts from 1 within the item."""
    address = url(photo["id"])
    return {
        "id": photo["id"],
        "image_no": number,
        "is_main": number == 1,
        "width": photo["width"],
        "height": photo["height"],
        "dominant_color": "#888888",
        "url": address,
        "full_size_url": address,
        "high_resolution": {"id": str(photo["id"]), "timestamp": int(photo["created"])},
        "thumbnails": [{"type": "thumb150x210", "url": address, "width": 150, "height": 210}],
    }


def url(number: int) -> str:
    """Stands for Vinted's picture server; the top-level domain can't exist."""
    return f"https://images.vinted.sandbox.invalid/{number}/f800.webp"


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), int)
        and not isinstance(value["id"], bool)
    )


def _is_usable(state: State, seller: str, item_id: int | None, number: int) -> bool:
    photo = state.documents.get(PHOTOS, seller, str(number))
    if photo is None or photo["is_dropped"]:
        return False
    if photo["item_id"] is not None:
        return bool(photo["item_id"] == item_id)
    return bool(photo["created"] + state.settings.image_lifetime > state.now())


def _fields(call: Call) -> dict[str, bytes]:
    try:
        return {part.name: part.content for part in parts_of(call)}
    except BadMultipartError as mistake:
        raise refusal(400, str(mistake)) from mistake


def measured(file: bytes) -> tuple[int, int]:
    if len(file) > MAX_BYTES:
        raise invalid([Problem("file", f"The photo has more than {MAX_BYTES} bytes")])
    try:
        width, height = measure(file, FORMATS)
    except UnreadableError as unreadable:
        raise invalid([Problem("file", "Use a JPG, PNG or WebP photo")]) from unreadable
    except HugeError as huge:
        raise invalid([Problem("file", "The photo is too large")]) from huge
    if min(width, height) < MIN_SIDE:
        raise invalid([Problem("file", f"The photo needs {MIN_SIDE} pixels a side")])
    return width, height


def _save(state: State, photo: Json) -> None:
    state.documents.put(PHOTOS, photo["seller"], str(photo["id"]), photo)
