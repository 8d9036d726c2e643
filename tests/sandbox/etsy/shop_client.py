"""A shop's calls to the sandbox's Etsy over plain http.client: not our Etsy client, on purpose."""

import base64
import hashlib
import http.client
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from marketplaces.sandbox.etsy.reports import EtsySellerReport
from tests.official.exchanges import Sent
from tests.sandbox.seller_client import Reply

API = "/v3/application"
TOKEN = "/v3/public/oauth/token"
CONNECT = "/oauth/connect"
FORM = "application/x-www-form-urlencoded"
CALLBACK = "https://stoflow.example/connect/etsy"
VERIFIER = "a-code-verifier-of-forty-three-characters-or-more"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@dataclass
class ShopClient:
    api_url: str
    seller: EtsySellerReport
    timeout: float = 20.0
    exchanges: list[tuple[Sent, Reply]] = field(default_factory=list)
    token: str = ""
    refresh_token: str = ""

    def __post_init__(self) -> None:
        self.refresh_token = self.seller["refresh_token"]

    @property
    def shop(self) -> str:
        return f"{API}/shops/{self.seller['shop_id']}"

    @property
    def key(self) -> str:
        return f"{self.seller['client_id']}:{self.seller['client_secret']}"

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

    def ask_for_token(self, **fields: str) -> Reply:
        form = {"client_id": self.seller["client_id"]} | fields
        headers = {"Content-Type": FORM}
        return self.send("POST", TOKEN, urlencode(form).encode(), headers)

    def refresh(self) -> Reply:
        reply = self.ask_for_token(grant_type="refresh_token", refresh_token=self.refresh_token)
        self.take(reply)
        return reply

    def take(self, reply: Reply) -> None:
        if reply.status == 200:
            self.token = reply.body["access_token"]
            self.refresh_token = reply.body["refresh_token"]

    def connect(self, **changes: str | None) -> Reply:
        """Open the consent page; a parameter given as None is left out."""
        return self.send("GET", f"{CONNECT}?{urlencode(self.connection(**changes))}", b"", {})

    def connection(self, **changes: str | None) -> dict[str, str]:
        whole = {
            "response_type": "code",
            "client_id": self.seller["client_id"],
            "redirect_uri": CALLBACK,
            "scope": "listings_r listings_w",
            "state": "a-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in whole.items() if value is not None}

    def decide(self, decision: str, **fields: str) -> dict[str, str]:
        """Press a button of the page: what the application is then sent."""
        form = self.connection() | {"decision": decision, **fields}
        reply = self.send("POST", CONNECT, urlencode(form).encode(), {"Content-Type": FORM})
        assert reply.status == 302
        assert reply.headers["Location"].startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))

    def exchange(self, code: str, **changes: str) -> Reply:
        fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changes
        reply = self.ask_for_token(grant_type="authorization_code", **fields)
        self.take(reply)
        return reply

    def call(self, method: str, path: str, content: bytes = b"", **headers: str | None) -> Reply:
        """A signed-in call; a header given as None is left out."""
        sent: dict[str, str | None] = {
            "x-api-key": self.key,
            "Authorization": f"Bearer {self.token}" if self.token else None,
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        there = {name: value for name, value in sent.items() if value is not None}
        return self.send(method, path, content, there)

    def get(self, path: str, **query: str | int) -> Reply:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, /, **fields: Any) -> Reply:
        return self.call("POST", path, urlencode(fields).encode(), Content_Type=FORM)

    def create(self, **changes: Any) -> Reply:
        return self.post(f"{self.shop}/listings", **self.listing(**changes))

    def listing(self, **changes: Any) -> dict[str, Any]:
        """A complete draft; a field given as None is left out."""
        whole = {
            "quantity": 1,
            "title": "Woollen scarf",
            "description": "A warm scarf.",
            "price": "19.90",
            "who_made": "someone_else",
            "when_made": "2010_2019",
            "is_supply": "false",
            "taxonomy_id": 1180,
            "shipping_profile_id": self.seller["shipping_profile_id"],
            "readiness_state_id": self.seller["readiness_state_id"],
            "return_policy_id": self.seller["return_policy_id"],
        } | changes
        return {name: value for name, value in whole.items() if value is not None}

    def update(self, listing_id: int, **fields: Any) -> Reply:
        path = f"{self.shop}/listings/{listing_id}"
        return self.call("PATCH", path, urlencode(fields).encode(), Content_Type=FORM)

    def delete(self, listing_id: int) -> Reply:
        return self.call("DELETE", f"{API}/listings/{listing_id}")

    def upload(self, listing_id: int, content: bytes | None = None, **fields: Any) -> Reply:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body = "".join(parts).encode()
        if content is not None:
            head = (
                f"--{boundary}\r\nContent-Disposition: form-data; "
                'name="image"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            )
            body += head.encode() + content + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        path = f"{self.shop}/listings/{listing_id}/images"
        return self.call(
            "POST", path, body, Content_Type=f"multipart/form-data; boundary={boundary}"
        )

    def images(self, listing_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"{API}/listings/{listing_id}/images").body[
            "results"
        ]
        return found

    def put_inventory(self, listing_id: int, *products: Any, **fields: Any) -> Reply:
        content = json.dumps({"products": products, **fields}).encode()
        path = f"{API}/listings/{listing_id}/inventory"
        return self.call("PUT", path, content, Content_Type="application/json")

    def product(self, sku: str, **changes: Any) -> dict[str, Any]:
        """A product of one offering."""
        offering = {
            "price": 19.9,
            "quantity": 1,
            "is_enabled": True,
            "readiness_state_id": self.seller["readiness_state_id"],
        } | changes
        return {"sku": sku, "property_values": [], "offerings": [offering]}

    def draft(self, **changes: Any) -> int:
        """The id of a new draft."""
        return int(self.create(**changes).body["listing_id"])

    def activate(self, listing_id: int) -> Reply:
        return self.update(listing_id, state="active")

    def on_sale(self, photo: bytes, *, sku: str = "A1", **changes: Any) -> int:
        """The id of a new active listing with one photo."""
        listing_id = self.draft(**changes)
        self.upload(listing_id, photo)
        product = self.product(sku, quantity=changes.get("quantity", 1))
        self.put_inventory(listing_id, product)
        assert self.activate(listing_id).body["state"] == "active"
        return listing_id

    def of_shop(self, **query: str | int) -> Reply:
        return self.get(f"{self.shop}/listings", **query)

    def state_of(self, listing_id: int) -> str:
        return str(self.get(f"{API}/listings/{listing_id}").body["state"])
