"""eBay Picture Services, as far as the Media API shows it. Only what identifies a picture is kept.

A link is never fetched: its picture's identity is the checksum of the link's text.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.image_rules import check_file
from marketplaces.sandbox.ebay.kinds import IMAGES, LISTINGS
from marketplaces.sandbox.ebay.links import https_host
from marketplaces.sandbox.ebay.request_body import json_object
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.multipart import BadMultipartError, parts_of
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/commerce/media/v1_beta/image"
HOST = "i.ebayimg.sandbox.invalid"
"""Stands for eBay's picture server; the top-level domain can't exist, so nobody is ever called."""


def create_from_file(state: State, call: Call) -> Answer:
    """The multipart part `image`; the document has it in its prose only."""
    try:
        files = [part.content for part in parts_of(call) if part.name == "image"]
    except BadMultipartError as mistake:
        raise refusal(400, 2004, reason=str(mistake)) from mistake
    if len(files) != 1:
        raise refusal(400, 2004, reason="one part named image is required")
    call.subject = hashlib.sha256(files[0]).hexdigest()
    width, height = check_file(files[0])
    size = len(files[0])
    return _create(state, call, {"source": "file", "width": width, "height": height, "size": size})


def create_from_url(state: State, call: Call) -> Answer:
    url = json_object(call, {"imageUrl": str}).get("imageUrl") or ""
    if not https_host(url):
        raise refusal(400, 190204)
    call.subject = hashlib.sha256(url.encode()).hexdigest()
    return _create(state, call, {"source": "url", "width": None, "height": None, "size": None})


def read(state: State, call: Call) -> Answer:
    """404 once it has expired, unless a live listing uses it."""
    image = state.documents.get(IMAGES, call.seller, call.params["image_id"])
    if image is None or not _is_kept(state, image):
        raise refusal(404, 190200)
    call.subject = image["checksum"]
    return Answer(status=200, body=_shown(image))


def is_hosted(url: str) -> bool:
    return https_host(url) == HOST


def by_url(state: State, url: str) -> tuple[str, Json] | None:
    """Owner and image, expired or not."""
    return next(iter(state.documents.everywhere(IMAGES, parent=url)), None)


def usable(state: State, seller: str, sku: str, url: str) -> Json | None:
    """The image behind a hosted URL, if it may be put on a listing of this SKU now."""
    owned = by_url(state, url)
    if owned is None:
        return None
    _, image = owned
    live = state.documents.all_of(LISTINGS, seller, parent=sku)
    in_use = any(_uses(listing, url) for listing in live)
    return image if in_use or image["expires_at"] > state.now() else None


def _create(state: State, call: Call, facts: Json) -> Answer:
    image_id = secrets.token_hex(12)
    url = f"https://{HOST}/images/g/{image_id}/s-l1600.jpg"
    image = facts | {
        "image_id": image_id,
        "url": url,
        "checksum": call.subject,
        "expires_at": state.now() + state.settings.image_lifetime,
    }
    state.documents.put(IMAGES, call.seller, image_id, image, parent=url)
    headers = {"Location": f"{call.origin}{PATH}/{image_id}"}
    return Answer(status=201, body=_shown(image), headers=headers, effect=True)


def _is_kept(state: State, image: Json) -> bool:
    if image["expires_at"] > state.now():
        return True
    return any(_uses(listing, image["url"]) for _, listing in state.documents.everywhere(LISTINGS))


def _uses(listing: Json, url: str) -> bool:
    return listing["status"] == "ACTIVE" and any(photo["url"] == url for photo in listing["photos"])


def _shown(image: Json) -> Json:
    expires = datetime.fromtimestamp(image["expires_at"], UTC)
    return {
        "imageUrl": image["url"],
        "maxDimensionImageUrl": image["url"].replace("s-l1600", "s-l9999"),
        "expirationDate": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
