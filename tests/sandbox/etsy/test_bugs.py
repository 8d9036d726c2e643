"""Nonsense is refused in Etsy's words: the sandbox has no bug of its own to show."""

import json
from typing import Any

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.shop_client import API, FORM, TOKEN, ShopClient

JSON = "application/json"
OFFERING = {"price": 1, "quantity": 1, "is_enabled": True, "readiness_state_id": None}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"products": {}},
        {"products": [1]},
        {"products": [{"offerings": {}}]},
        {"products": [{"offerings": [[]]}]},
        {"products": [{"offerings": [OFFERING], "sku": 7}]},
        {"products": [{"offerings": [OFFERING], "sku": "\ud800"}]},
        {"products": [{"offerings": [OFFERING | {"readiness_state_id": {}}]}]},
        {"products": [{"offerings": [OFFERING | {"price": float("nan")}]}]},
        {"products": [{"offerings": [OFFERING | {"quantity": True}]}]},
        {"products": [{"offerings": [OFFERING], "property_values": "size"}]},
        {"products": [{"offerings": [OFFERING], "property_values": [{}]}]},
        {"products": [{"offerings": [OFFERING]}], "price_on_property": {"100": 1}},
        {"products": [{"offerings": [OFFERING]}], "sku_on_property": ["100"]},
        {
            "products": [
                {
                    "offerings": [OFFERING],
                    "property_values": [{"property_id": 1, "value_ids": 1, "values": [2]}],
                }
            ]
        },
    ],
    ids=lambda body: json.dumps(body).replace(json.dumps(OFFERING), "O"),
)
def test_an_inventory_that_makes_no_sense(
    nora: ShopClient, control: EtsyControl, body: Any
) -> None:
    path = f"{API}/listings/{nora.draft()}/inventory"
    refused = nora.call("PUT", path, json.dumps(body).encode(), Content_Type=JSON)
    assert refused.status == 400
    assert control.effects()["violations"] == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (JSON, b"{}"),
        (FORM, b"title=%FF&quantity=1"),
        (FORM, b"\xff\xfe"),
        (FORM, b"=&&==&title"),
        (FORM, b"price=1e400"),
        (FORM, b"taxonomy_id=99999999999999999999"),
        (FORM, "quantity=\u0664".encode()),
        ("multipart/form-data", b"--x--"),
        ("", b""),
    ],
)
def test_a_draft_that_makes_no_sense(
    nora: ShopClient, control: EtsyControl, kind: str, content: bytes
) -> None:
    refused = nora.call("POST", f"{nora.shop}/listings", content, Content_Type=kind)
    assert refused.status == 400
    assert control.effects()["violations"] == []


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain"]
)
def test_an_upload_that_makes_no_sense(nora: ShopClient, control: EtsyControl, kind: str) -> None:
    path = f"{nora.shop}/listings/{nora.draft()}/images"
    for content in (b"", b"--x\r\n\r\n--x--", b"--x\r\nContent-Disposition\r\n\r\n"):
        assert nora.call("POST", path, content, Content_Type=kind).status == 400
    assert control.effects()["violations"] == []


def test_other_requests_that_make_no_sense(nora: ShopClient, control: EtsyControl) -> None:
    answers = [
        nora.get(f"{API}/listings/0"),
        nora.get(f"{API}/listings/9999999999999999999999"),
        nora.get(f"{API}/listings/%FF"),
        nora.get(f"{API}/listings/batch"),
        nora.get(f"{API}/listings/batch", listing_ids="1,x"),
        nora.get(f"{nora.shop}/receipts", was_paid="perhaps"),
        nora.get(f"{nora.shop}/listings", limit="²"),
        nora.send("POST", TOKEN, b"\xff", {"Content-Type": FORM}),
        nora.send("POST", TOKEN, b"{}", {"Content-Type": JSON}),
        nora.send("POST", "/oauth/connect", b"\xff=1", {"Content-Type": FORM}),
        nora.call("GET", f"{API}/users/me", x_api_key="clé:é"),
        nora.call("GET", f"{API}/users/me", Authorization="Bearer é"),
    ]
    assert {each.status for each in answers} <= {400, 401, 403, 404}
    assert control.effects()["violations"] == []
