"""Every request of the client, as it leaves, held against Etsy's own document."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from openapi_core.exceptions import OpenAPIError

from marketplaces.etsy import answers, inventory
from marketplaces.etsy.account_settings import WHO_MADE
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.eras import eras
from marketplaces.etsy.inventory import Change
from marketplaces.etsy.mapping import draft_form, mapped
from marketplaces.http import FilePart
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy import official_document
from tests.marketplaces.etsy.builders import YEAR, client_of, facts, settings
from tests.marketplaces.http.loopback import LoopbackServer, answer

pytestmark = pytest.mark.skipif(
    not official_document.is_there(), reason="Etsy's document is not on this machine"
)

SENT = mapped(
    facts(),
    settings(materials=["Linen", "Cotton"], styles=["Boho"], section_id="5001"),
    "t1zp7",
    year=YEAR,
)
PART = FilePart("image", "a.jpg", "image/jpeg", jpeg()[0])
PROPERTY = {
    "property_id": 200,
    "property_name": "Primary color",
    "scale_id": None,
    "scale_name": None,
    "value_ids": [1],
    "values": ["Black"],
}
SHOWN_INVENTORY = {
    "products": [
        {
            "product_id": 1,
            "sku": "old",
            "is_deleted": False,
            "property_values": [PROPERTY],
            "offerings": [
                {
                    "offering_id": 2,
                    "quantity": 3,
                    "is_enabled": True,
                    "is_deleted": False,
                    "price": {"amount": 1990, "divisor": 100, "currency_code": "EUR"},
                    "readiness_state_id": 3001,
                }
            ],
        }
    ],
    "price_on_property": [],
    "quantity_on_property": [],
    "sku_on_property": [],
    "readiness_state_on_property": None,
}
INVENTORY = inventory.changed(SHOWN_INVENTORY, Change("t1zp7", price="25.00")) or {}
# One answer that every call can read.
ALL = {
    "listing_id": 1,
    "shop_id": 12345678,
    "user_id": 5000,
    "listing_image_id": 2,
    "rank": 1,
    "state": "draft",
    "currency_code": "EUR",
    "count": 0,
    "results": [],
}
CALLS: dict[str, Callable[[EtsyClient], object]] = {
    "create_draft": lambda c: c.create_draft(draft_form(SENT, "(StoFlow t1zp7)")),
    "update_listing": lambda c: c.update_listing("1", SENT["texts"]),
    "order_images": lambda c: c.update_listing("1", {"image_ids": [2, 3]}),
    "activate": lambda c: c.activate("1"),
    "deactivate": lambda c: c.deactivate("1"),
    "delete_listing": lambda c: c.delete_listing("1"),
    "get_listing": lambda c: c.get_listing("1"),
    "listings": lambda c: c.listings("draft"),
    "get_inventory": lambda c: c.get_inventory("1"),
    "put_inventory": lambda c: c.put_inventory("1", INVENTORY),
    "upload_image": lambda c: c.upload_image("1", PART, rank=2, alt_text="Front"),
    "images": lambda c: c.images("1"),
    "delete_image": lambda c: c.delete_image("1", "2"),
    "own_shop_id": lambda c: c.own_shop_id(),
    "shop": lambda c: c.shop(),
    "shipping_profiles": lambda c: c.shipping_profiles(),
    "processing_profiles": lambda c: c.processing_profiles(),
    "return_policies": lambda c: c.return_policies(),
    "sections": lambda c: c.sections(),
    "categories": lambda c: c.categories(),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_as_the_document_has_it(name: str) -> None:
    (request,) = sent(CALLS[name])
    official_document.check(request)
    assert b"x-api-key: a-keystring:a-secret\r\n" in request
    assert b"Authorization: Bearer 5000.a-token\r\n" in request


@pytest.mark.parametrize(
    "mistake", [{"who_made": "robot"}, {"quantity": "x"}, {"taxonomy": 1}, {"taxonomy_id": 0}]
)
def test_the_judge_sees_a_mistake(mistake: dict[str, str | int]) -> None:
    form = draft_form(SENT, "") | mistake
    (request,) = sent(lambda client: client.create_draft(form))
    with pytest.raises(OpenAPIError):
        official_document.check(request)


def test_lists_are_joined_by_commas_and_left_out_when_empty() -> None:
    form = draft_form(SENT, "") | {"materials": []}
    (request,) = sent(lambda client: client.create_draft(form))
    fields = parse_qs(request.partition(b"\r\n\r\n")[2].decode())
    assert fields["tags"] == ["linen,summer"]
    assert "materials" not in fields
    assert fields["is_supply"] == ["false"]


def test_the_inventory_keeps_what_the_seller_has_set() -> None:
    (product,) = INVENTORY["products"]
    assert product["sku"] == "t1zp7"
    assert product["property_values"] == [
        {
            "property_id": 200,
            "property_name": "Primary color",
            "value_ids": [1],
            "values": ["Black"],
        }
    ]
    (offering,) = product["offerings"]
    assert (offering["price"], offering["quantity"]) == (25.0, 3)
    assert inventory.changed(SHOWN_INVENTORY, Change("old", price="19.90", quantity=3)) is None


def test_our_lists_are_the_documents_own() -> None:
    known = official_document.listed("createDraftListing", "when_made")
    year = max(int(era[5:]) for era in known if era[:4].isdecimal() and len(era) == 9)
    assert list(eras(year)) == known
    assert list(WHO_MADE) == official_document.listed("createDraftListing", "who_made")
    assert set(official_document.listed("updateListing", "state")) == {
        answers.ACTIVE,
        answers.INACTIVE,
    }


def sent(call: Callable[[EtsyClient], object]) -> list[bytes]:
    with LoopbackServer(answer(200, json.dumps(ALL).encode())) as server:
        call(client_of(server))
    return server.requests
