"""What goes wrong on the way, at Etsy's own routes."""

import http.client

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.process import SandboxProcess
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import a_photo

CREATE = "POST /v3/application/shops/{shop_id}/listings"
UPDATE = "PATCH /v3/application/shops/{shop_id}/listings/{listing_id}"
UPLOAD = "POST /v3/application/shops/{shop_id}/listings/{listing_id}/images"
INVENTORY = "PUT /v3/application/listings/{listing_id}/inventory"


def test_a_create_that_answered_500_had_created_the_listing(
    nora: ShopClient, control: EtsyControl
) -> None:
    """open-api#162."""
    control.add_fault(CREATE, "status_after_effect", status=500)
    failed = nora.create()
    assert (failed.status, failed.body) == (500, {"error": "Server Error"})
    assert nora.of_shop(state="draft").body["count"] == 1


@pytest.mark.parametrize(("kind", "created"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_is_cut_around_the_create(
    nora: ShopClient, control: EtsyControl, kind: str, created: int
) -> None:
    control.add_fault(CREATE, kind)
    with pytest.raises((http.client.HTTPException, OSError)):
        nora.create()
    assert control.effects()["summary"]["draft_listings"] == created


def test_a_fault_strikes_the_listing_that_it_means(nora: ShopClient, control: EtsyControl) -> None:
    """By its title before there is a SKU, and by either after."""
    control.add_fault(CREATE, "status", match="Scarf 5", status=503)
    assert nora.create(title="Scarf 50").status == 201
    assert nora.create(title="Scarf 5").status == 503

    listing_id = nora.draft(title="Hat 7")
    control.add_fault(UPLOAD, "status", match="Hat 7")
    assert nora.upload(listing_id, a_photo()).status == 500
    assert nora.upload(listing_id, a_photo()).status == 201
    control.add_fault(INVENTORY, "status", match="H7")
    assert nora.put_inventory(listing_id, nora.product("H7")).status == 500
    nora.put_inventory(listing_id, nora.product("H7"))
    control.add_fault(UPDATE, "status_after_effect", match="H7", status=502)
    assert nora.activate(listing_id).status == 502
    assert nora.state_of(listing_id) == "active"


def test_429_comes_with_or_without_a_time_to_wait(nora: ShopClient, control: EtsyControl) -> None:
    control.add_fault(CREATE, "status", status=429, headers={"retry-after": "7"})
    assert nora.create().headers["retry-after"] == "7"
    control.add_fault(CREATE, "status", status=429)
    refused = nora.create()
    assert refused.body == {"error": "Exceeded the rate limit."}
    assert "retry-after" not in refused.headers


def test_the_log_knows_the_listing_and_no_secret(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo(), sku="A1")
    nora.of_shop(state="draft", includes="Inventory")
    nora.connect()
    log = control.requests()
    assert [each["subject"] for each in log if each["template"] == UPDATE.partition(" ")[2]] == [
        "A1 Woollen scarf"
    ]
    assert log[-2]["path"].endswith("?state=draft&includes=Inventory")
    assert log[-1]["path"] == "/oauth/connect"
    assert listing_id


def test_a_killed_etsy_remembers(nora: ShopClient, etsy: SandboxProcess) -> None:
    listing_id = nora.on_sale(a_photo())
    etsy.kill()
    etsy.restart()
    assert nora.get(f"{API}/listings/{listing_id}").body["state"] == "active"
    assert nora.refresh().status == 200
