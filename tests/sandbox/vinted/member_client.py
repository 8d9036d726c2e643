"""A member's browser at the sandbox's Vinted, over plain http.client: not our plugin, on purpose."""

import http.client
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from marketplaces.sandbox.vinted.reports import VintedSellerReport
from tests.sandbox.seller_client import Reply, a_photo

API = "/api/v2"
FORM = "application/x-www-form-urlencoded"
CSRF_TOKEN = re.compile(r'\\?"CSRF_TOKEN\\?":\\?"([0-9a-f-]{36})\\?"')

DRAFT_ROUTE = "POST /api/v2/item_upload/drafts"
COMPLETE_ROUTE = "POST /api/v2/item_upload/drafts/{item_id}/completion"
UPDATE_ROUTE = "PUT /api/v2/item_upload/items/{item_id}"
PHOTO_ROUTE = "POST /api/v2/photos"
WARDROBE_ROUTE = "GET /api/v2/wardrobe/{user_id}/items"


@dataclass
class MemberClient:
    site: str
    member: VintedSellerReport
    timeout: float = 20.0
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str = ""

    @property
    def user_id(self) -> str:
        return self.member["user_id"]

    def send(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=self.timeout)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, content or None, {"Cookie": cookies, **headers})
            response = connection.getresponse()
            reply = Reply(response.status, dict(response.headers), response.read())
        finally:
            connection.close()
        self._keep(reply.headers.get("Set-Cookie", ""))
        return reply

    def _keep(self, line: str) -> None:
        name, _, value = line.partition(";")[0].partition("=")
        if not name:
            return
        self.cookies[name] = value
        if "Max-Age=0" in line:
            del self.cookies[name]

    def open(self, path: str = "/") -> Reply:
        """A page; its CSRF token is used from then on."""
        reply = self.send("GET", path, b"", {})
        found = CSRF_TOKEN.search(reply.content.decode())
        self.csrf_token = found[1] if found else ""
        return reply

    def sign_in(self, password: str | None = None) -> Reply:
        self.open("/member/login")
        form = {
            "username": self.member["username"],
            "password": self.member["password"] if password is None else password,
        }
        reply = self.send("POST", "/member/login", urlencode(form).encode(), {"Content-Type": FORM})
        self.open()
        return reply

    def call(self, method: str, path: str, content: bytes = b"", /, **headers: str | None) -> Reply:
        """An API call as the page's own script makes it; a header given as None is left out."""
        sent: dict[str, str | None] = {
            "X-CSRF-Token": self.csrf_token,
            "X-Anon-Id": self.cookies.get("anon_id"),
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        there = {name: value for name, value in sent.items() if value is not None}
        return self.send(method, f"{API}/{path}", content, there)

    def get(self, path: str, **query: str | int) -> Reply:
        whole = f"{path}?{urlencode(query)}" if query else path
        return self.call("GET", whole, X_Money_Object="true")

    def write(self, method: str, path: str, body: Any = None) -> Reply:
        content = b"" if body is None else json.dumps(body).encode()
        return self.call(method, path, content, Content_Type="application/json")

    def upload(self, content: bytes | None = None, /, **changes: str) -> Reply:
        fields = {"photo[type]": "item", "photo[temp_uuid]": str(uuid.uuid4())} | changes
        boundary = uuid.uuid4().hex
        head = f"--{boundary}\r\nContent-Disposition: form-data; name="
        body = "".join(f'{head}"{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()).encode()
        body += f'{head}"photo[file]"; filename="a.jpg"\r\n'.encode()
        body += b"Content-Type: image/jpeg\r\n\r\n"
        body += (a_photo() if content is None else content) + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return self.call("POST", "photos", body, Content_Type=kind)

    def photo(self, colour: str = "red") -> int:
        return int(self.upload(a_photo(colour)).body["id"])

    def content(self, *photos: int, photos_in: str = "assigned_photos", **changes: Any) -> Any:
        """A whole item; a field given as None is left out."""
        whole = {
            "id": None,
            "currency": "EUR",
            "temp_uuid": str(uuid.uuid4()),
            "title": "Robe fleurie, taille M [demozp17]",
            "description": "Coton léger.",
            "brand_id": None,
            "brand": "Friperie du Canal",
            "size_id": 4,
            "catalog_id": 10,
            "status_id": 2,
            "color_ids": [9],
            "package_size_id": 1,
            "price": 27.9,
            photos_in: [{"id": each, "orientation": 0} for each in photos],
        } | changes
        return {name: value for name, value in whole.items() if value is not None}

    def create_draft(self, *photos: int, **changes: Any) -> Reply:
        body = {"draft": self.content(*photos, **changes), "parcel": None, "push_up": False}
        return self.write("POST", "item_upload/drafts", body)

    def draft(self, *photos: int, **changes: Any) -> int:
        return int(self.create_draft(*photos, **changes).body["draft"]["id"])

    def complete(
        self, draft: int, *photos: int, photos_in: str = "photos", **changes: Any
    ) -> Reply:
        item = self.content(*photos, photos_in=photos_in, **{"id": draft, **changes})
        body = {"draft": item, "parcel": None, "push_up": False}
        return self.write("POST", f"item_upload/drafts/{draft}/completion", body)

    def publish(self, *colours: str, **changes: Any) -> int:
        """Photos, draft, completion: the item's id."""
        photos = [self.photo(each) for each in colours or ("red",)]
        draft = self.draft(*photos, **changes)
        return int(self.complete(draft, *photos, **changes).body["item"]["id"])

    def update(self, item: int, *photos: int, **changes: Any) -> Reply:
        body = {"item": self.content(*photos, **{"id": item, **changes}), "push_up": False}
        return self.write("PUT", f"item_upload/items/{item}", body)

    def delete(self, item: int) -> Reply:
        return self.write("POST", f"items/{item}/delete")

    def hide(self, item: int, *, is_hidden: bool = True) -> Reply:
        return self.write("PUT", f"items/{item}/is_hidden", {"is_hidden": is_hidden})

    def read(self, item: int) -> Reply:
        return self.get(f"item_upload/items/{item}")

    def wardrobe(self, **query: str | int) -> Any:
        asked: dict[str, str | int] = {"page": 1, "per_page": 96, "order": "newest_first"}
        reply = self.get(f"wardrobe/{self.user_id}/items", **(asked | query))
        assert reply.status == 200
        return reply.body

    def titles(self, **query: str | int) -> list[str]:
        return [each["title"] for each in self.wardrobe(**query)["items"]]


def fields_of(reply: Reply) -> list[str]:
    """Which fields a refusal names."""
    assert reply.status == 400
    return [each["field"] for each in reply.body["errors"]]
