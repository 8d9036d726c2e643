"""A listing's images. Each upload makes a new image; the file's checksum tells which are the same."""

import hashlib
from collections.abc import Sequence
from typing import Any

from marketplaces.sandbox.etsy import forms, listings, shops
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.image_rules import check_file
from marketplaces.sandbox.etsy.kinds import IMAGES
from marketplaces.sandbox.etsy.listing_rules import MAX_IMAGES
from marketplaces.sandbox.etsy.parameters import path_id
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.multipart import BadMultipartError, parts_of
from marketplaces.sandbox.state import State

Json = dict[str, Any]

MAX_ALT_TEXT = 500
READERS: dict[str, forms.Reader] = {
    "listing_image_id": forms.integer,
    "rank": forms.integer,
    "overwrite": forms.flag,
    "is_watermarked": forms.flag,
    "alt_text": forms.text,
}


def upload(state: State, call: Call) -> Answer:
    """A new file, or with `listing_image_id` alone an image that the seller had uploaded before."""
    shops.owned(state, call)
    listing = listings.owned(state, call)
    file, fields = _parts(call)
    if len(fields.get("alt_text", "")) > MAX_ALT_TEXT:
        raise refusal(400, f"alt_text must be {MAX_ALT_TEXT} characters or less.")
    image = _new(state, call, file) if file else _known(state, call.seller, fields)
    call.subject = image["checksum"]
    image |= {"listing_id": listing["listing_id"], "alt_text": fields.get("alt_text", "")}
    _place(listing, image["listing_image_id"], fields)
    _save(state, call.seller, image)
    listings.save(state, listing)
    return Answer(status=201, body=_shown(listing, image), effect=True)


def read_all(state: State, call: Call) -> Answer:
    listing = listings.seen(state, call)
    found = of_listing(state, listing)
    return Answer(status=200, body={"count": len(found), "results": found})


def read(state: State, call: Call) -> Answer:
    listing = listings.seen(state, call)
    number = path_id(call, "listing_image_id")
    for shown in of_listing(state, listing):
        if shown["listing_image_id"] == number:
            return Answer(status=200, body=shown)
    raise refusal(404, f"Image {number} not found")


def delete(state: State, call: Call) -> Answer:
    """Off the listing; the image itself can be assigned again."""
    shops.owned(state, call)
    listing = listings.owned(state, call)
    number = path_id(call, "listing_image_id")
    if number not in listing["image_ids"]:
        raise refusal(404, f"Image {number} not found")
    if listing["state"] == "active" and len(listing["image_ids"]) == 1:
        # Unconfirmed, but without an image no listing may become active.
        raise refusal(400, "An active listing must have at least one image.")
    call.subject = _known(state, call.seller, {"listing_image_id": number})["checksum"]
    listing["image_ids"].remove(number)
    listings.save(state, listing)
    return Answer(status=204, effect=True)


def of_listing(state: State, listing: Json) -> list[Json]:
    """A listing's images as they are shown, in the order of their ranks."""
    owner = listing["seller"]
    return [_shown(listing, _image(state, owner, number)) for number in listing["image_ids"]]


def assignable(state: State, seller: str, numbers: Sequence[int]) -> list[int]:
    """The same numbers, all of them of the seller's own images and none too many."""
    for number in numbers:
        _known(state, seller, {"listing_image_id": number})
    if len(numbers) > MAX_IMAGES or len(set(numbers)) < len(numbers):
        raise refusal(400, f"image_ids takes up to {MAX_IMAGES} different images.")
    return list(numbers)


def _parts(call: Call) -> tuple[bytes, Json]:
    """The file, empty if there is none, and the fields beside it."""
    try:
        parts = parts_of(call)
    except BadMultipartError as mistake:
        raise refusal(400, str(mistake)) from mistake
    file = b"".join(part.content for part in parts if part.name == "image")
    texts = {part.name: part.content.decode(errors="replace") for part in parts}
    fields = {name: READERS[name](name, text) for name, text in texts.items() if name in READERS}
    return file, fields


def _new(state: State, call: Call, file: bytes) -> Json:
    width, height = check_file(file)
    return {
        "listing_image_id": state.store.next_number("etsy.image", start=6_500_000_001),
        "checksum": hashlib.sha256(file).hexdigest(),
        "width": width,
        "height": height,
        "size": len(file),
        "created": int(state.now()),
        "seller": call.seller,
    }


def _known(state: State, seller: str, fields: Json) -> Json:
    number = fields.get("listing_image_id")
    if number is None:
        raise refusal(400, "Either image or listing_image_id is required.")
    image = state.documents.get(IMAGES, seller, str(number))
    if image is None:
        raise refusal(404, f"Image {number} not found")
    return image


def _image(state: State, seller: str, number: int) -> Json:
    image = state.documents.get(IMAGES, seller, str(number))
    if image is None:
        raise LookupError(f"a listing has image {number}, which does not exist")
    return image


def _place(listing: Json, number: int, fields: Json) -> None:
    """At its rank, counted from 1: in the place of the one that is there, or before it.

    There are no gaps: a rank beyond the last image means behind it.
    """
    others = [each for each in listing["image_ids"] if each != number]
    index = min(max(fields.get("rank", 1), 1) - 1, len(others))
    if fields.get("overwrite", False):
        others[index : index + 1] = [number]
    else:
        others.insert(index, number)
    if len(others) > MAX_IMAGES:
        raise refusal(400, f"A listing may have up to {MAX_IMAGES} images.")
    listing["image_ids"] = others


def _save(state: State, seller: str, image: Json) -> None:
    state.documents.put(IMAGES, seller, str(image["listing_image_id"]), image)


def _shown(listing: Json, image: Json) -> Json:
    """As a ListingImage. Colours are worked out later at Etsy, and never here."""
    number = image["listing_image_id"]
    unknown = ("hex_code", "red", "green", "blue", "hue", "saturation", "brightness")
    return {
        "listing_id": listing["listing_id"],
        "listing_image_id": number,
        **dict.fromkeys(unknown),
        "is_black_and_white": None,
        "creation_tsz": image["created"],
        "created_timestamp": image["created"],
        "rank": listing["image_ids"].index(number) + 1,
        **{f"url_{size}": url(number, size) for size in SIZES},
        "full_height": image["height"],
        "full_width": image["width"],
        "alt_text": image["alt_text"],
    }


SIZES = ("75x75", "170x135", "570xN", "fullxfull")


def url(number: int, size: str) -> str:
    """Stands for Etsy's picture server; the top-level domain can't exist."""
    return f"https://i.etsystatic.sandbox.invalid/il/{number}/il_{size}.jpg"
