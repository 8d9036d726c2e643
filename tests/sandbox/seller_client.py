"""A seller's calls to the sandbox over plain http.client: not our eBay client, on purpose.

It knows no retry, no redirect and no cache, so a test sees exactly what went over the wire.
"""

import base64
import http.client
import io
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from PIL import Image

from marketplaces.sandbox.reports import SellerReport
from tests.official.exchanges import Answered, Sent

INVENTORY = "/sell/inventory/v1"
MEDIA = "/commerce/media/v1_beta/image"
ORDERS = "/sell/fulfillment/v1/order"
TOKEN = "/identity/v1/oauth2/token"

ITEM_ROUTE = "PUT /sell/inventory/v1/inventory_item/{sku}"
OFFER_ROUTE = "POST /sell/inventory/v1/offer"
PUBLISH_ROUTE = "POST /sell/inventory/v1/offer/{offerId}/publish"
IMAGE_ROUTE = "POST /commerce/media/v1_beta/image/create_image_from_file"


@dataclass(frozen=True)
class Reply(Answered):
    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None

    @property
    def error_ids(self) -> list[int]:
        return [error["errorId"] for error in self.body["errors"]]


@dataclass
class SellerClient:
    api_url: str
    seller: SellerReport
    timeout: float = 20.0
    exchanges: list[tuple[Sent, Reply]] = field(default_factory=list)
    token: str = ""

    def sign_in(self, scope: str | None = None) -> Reply:
        form = {"grant_type": "refresh_token", "refresh_token": self.seller["refresh_token"]}
        if scope is not None:
            form["scope"] = scope
        pair = f"{self.seller['client_id']}:{self.seller['client_secret']}"
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        reply = self.send("POST", TOKEN, urlencode(form).encode(), headers)
        self.token = reply.body.get("access_token", "")
        return reply

    def send(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.api_url).netloc, timeout=self.timeout)
        try:
            connection.request(method, path, content or None, headers)
            response = connection.getresponse()
            reply = Reply(response.status, dict(response.headers), response.read())
        finally:
            connection.close()
        self.exchanges.append((Sent(method, path, headers, content), reply))
        return reply

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A signed-in call; a JSON body brings its two headers along."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            sent |= {"Content-Type": "application/json", "Content-Language": "fr-FR"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        return self.send(method, path, content, {k: v for k, v in sent.items() if v})

    def get(self, path: str, **query: str | int) -> Reply:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def upload(self, content: bytes) -> Reply:
        boundary = uuid.uuid4().hex
        head = (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="image"; filename="photo.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return self.send("POST", f"{MEDIA}/create_image_from_file", body, headers)

    def image_url(self, content: bytes) -> str:
        return str(self.upload(content).body["imageUrl"])

    def put_item(self, sku: str, item: Any) -> Reply:
        return self.call("PUT", f"{INVENTORY}/inventory_item/{quote(sku, safe='')}", item)

    def post_offer(self, sku: str, /, **fields: Any) -> Reply:
        return self.call("POST", f"{INVENTORY}/offer", self.offer(sku, **fields))

    def publish(self, offer_id: str) -> Reply:
        return self.call("POST", f"{INVENTORY}/offer/{offer_id}/publish")

    def publish_product(self, sku: str, *image_urls: str) -> tuple[str, str]:
        """Item, offer, listing: the ids of the last two."""
        self.put_item(sku, an_item(*image_urls))
        offer_id = self.post_offer(sku).body["offerId"]
        return offer_id, self.publish(offer_id).body["listingId"]

    def offer(self, sku: str, /, **fields: Any) -> dict[str, Any]:
        """A complete offer; a field given as None is left out."""
        whole = {
            "sku": sku,
            "marketplaceId": self.seller["marketplace_id"],
            "format": "FIXED_PRICE",
            "availableQuantity": 1,
            "categoryId": "15687",
            "listingDescription": "<p>A warm scarf.</p>",
            "listingDuration": "GTC",
            "listingPolicies": {
                "fulfillmentPolicyId": self.seller["fulfillment_policy_id"],
                "paymentPolicyId": self.seller["payment_policy_id"],
                "returnPolicyId": self.seller["return_policy_id"],
            },
            "merchantLocationKey": self.seller["merchant_location_key"],
            "pricingSummary": {"price": {"currency": "EUR", "value": "19.90"}},
        } | fields
        return {name: value for name, value in whole.items() if value is not None}


def an_item(*image_urls: str, title: str = "Woollen scarf", quantity: int = 1) -> dict[str, Any]:
    return {
        "availability": {"shipToLocationAvailability": {"quantity": quantity}},
        "condition": "NEW",
        "product": {
            "title": title,
            "description": "A warm scarf.",
            "aspects": {"Brand": ["Unbranded"], "Colour": ["Red", "Blue"]},
            "imageUrls": list(image_urls),
        },
    }


def a_photo(colour: str = "red", size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def wait_for(condition: Callable[[], bool]) -> None:
    """Ask until it is so; each question is a round trip to the sandbox, which paces it."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
