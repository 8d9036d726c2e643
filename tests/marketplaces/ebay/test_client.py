"""The client against the sandbox: what happens at eBay, and what a spoilt call is taken for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from marketplaces.ebay.client import EbayClient
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.errors import EbayRefusedError, OfferExistsError
from marketplaces.ebay.mapping import item_with_images, mapped
from marketplaces.models import Account
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.reports import SellerReport
from tasks.errors import (
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    RateLimitedError,
    TransientError,
)
from tasks.handlers import first_of
from tests.marketplaces.ebay.builders import facts, jpeg, settings

SKU = "t1zp7"
ITEM = "PUT /sell/inventory/v1/inventory_item/{sku}"
OFFER = "POST /sell/inventory/v1/offer"
OFFERS = "GET /sell/inventory/v1/offer"
PUBLISH = "POST /sell/inventory/v1/offer/{offerId}/publish"
UPLOAD = "POST /commerce/media/v1_beta/image/create_image_from_file"
TOKEN = "POST /identity/v1/oauth2/token"
CUTS = ["cut_before", "cut_after", "cut_mid_answer"]


@pytest.fixture
def client(account: Account) -> EbayClient:
    return client_for(account)


@pytest.fixture
def offer(account: Account) -> dict[str, object]:
    chosen: dict[str, object] = mapped(facts(), settings(**account.settings), SKU)["offer"]
    return chosen


@pytest.fixture
def saved(client: EbayClient) -> str:
    """The URL of a photo that is attached to an item."""
    image = client.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg")
    item = mapped(facts(), settings(), SKU)["item"]
    client.put_inventory_item(SKU, item_with_images(item, [image.url]))
    return image.url


@pytest.mark.usefixtures("saved")
def test_a_product_goes_live_and_is_withdrawn(
    client: EbayClient, offer: dict[str, object], control: SandboxControl
) -> None:
    offer_id = client.create_offer(offer)
    listing_id = client.publish_offer(offer_id)
    shown = client.get_offer(offer_id)
    assert shown is not None
    assert shown.is_live
    assert shown.listing_id == listing_id
    assert client.find_offers(SKU) == [shown]
    assert client.withdraw_offer(offer_id) == listing_id
    assert control.effects()["summary"]["ended_listings"] == 1


def test_an_upload_tells_id_address_and_expiry(client: EbayClient) -> None:
    file = client.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg")
    link = client.upload_image_link("https://shop.example/a.jpg")
    for image in (file, link):
        assert image.url.startswith("https://")
        assert image.expires_at
        assert client.get_image(image.image_id) == image


def test_what_is_not_there_is_none(client: EbayClient) -> None:
    assert client.find_offers(SKU) == []
    assert client.get_offer("999") is None
    assert client.get_inventory_item(SKU) is None
    assert client.get_image("nope") is None
    assert client.location("elsewhere") is None


@pytest.mark.usefixtures("saved")
def test_a_second_offer_is_named_as_existing(client: EbayClient, offer: dict[str, object]) -> None:
    offer_id = client.create_offer(offer)
    with pytest.raises(OfferExistsError) as caught:
        client.create_offer(offer)
    assert caught.value.offer_id == offer_id


@pytest.mark.usefixtures("saved")
def test_a_second_publication_has_an_unknown_outcome(
    client: EbayClient, offer: dict[str, object]
) -> None:
    offer_id = client.create_offer(offer)
    client.publish_offer(offer_id)
    with pytest.raises(OutcomeUnknownError):
        client.publish_offer(offer_id)


@pytest.mark.usefixtures("saved")
def test_an_offer_is_replaced(client: EbayClient, offer: dict[str, object]) -> None:
    offer_id = client.create_offer(offer)
    client.update_offer(offer_id, offer | {"availableQuantity": 1})
    with pytest.raises(EbayRefusedError):
        client.update_offer("999", offer)


@pytest.mark.usefixtures("saved")
def test_everything_that_ebay_misses_at_publication_is_told(client: EbayClient) -> None:
    bare = {"sku": SKU, "marketplaceId": "EBAY_FR", "format": "FIXED_PRICE"}
    offer_id = client.create_offer(bare)
    with pytest.raises(EbayRefusedError) as caught:
        client.publish_offer(offer_id)
    assert {25003, 25005, 25007, 25012} <= caught.value.error_ids
    assert "return policy" in caught.value.advice


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("kind", [*CUTS, "status_after_effect", "status"])
@pytest.mark.parametrize("route", [ITEM, OFFER, PUBLISH, UPLOAD])
def test_a_spoilt_write_has_an_unknown_outcome(
    client: EbayClient, offer: dict[str, object], control: SandboxControl, kind: str, route: str
) -> None:
    calls: dict[str, Callable[[], object]] = {
        ITEM: lambda: client.put_inventory_item(SKU, {}),
        OFFER: lambda: client.create_offer(offer),
        PUBLISH: lambda: client.publish_offer("1"),
        UPLOAD: lambda: client.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg"),
    }
    if route == ITEM and kind == "cut_mid_answer":
        pytest.skip("the sandbox answers a replacement with 204, which has no middle")
    control.add_fault(route, kind, status=502)
    before = len(control.requests())
    with pytest.raises(OutcomeUnknownError):
        calls[route]()
    assert len(control.requests()) == before + 1


@pytest.mark.parametrize("kind", [*CUTS, "status"])
def test_a_read_survives_one_failure_and_not_all(
    client: EbayClient, control: SandboxControl, kind: str
) -> None:
    control.add_fault(OFFERS, kind, status=503)
    assert client.find_offers(SKU) == []
    control.add_fault(OFFERS, kind, status=503, times=0)
    with pytest.raises(TransientError):
        client.find_offers(SKU)


def test_ebay_s_limit_is_told(client: EbayClient, control: SandboxControl) -> None:
    control.add_fault(OFFERS, "status", status=429, headers={"Retry-After": "33"})
    with pytest.raises(RateLimitedError) as caught:
        client.find_offers(SKU)
    assert caught.value.retry_after == 33


def test_concurrent_access_is_tried_again_later(
    client: EbayClient, control: SandboxControl
) -> None:
    error = {"errorId": 25025, "category": "APPLICATION", "message": "Try again later"}
    control.add_fault(ITEM, "status", status=500, body={"errors": [error]})
    with pytest.raises(TransientError):
        client.put_inventory_item(SKU, {})


def test_an_expired_token_is_renewed_in_the_middle(
    client: EbayClient, control: SandboxControl, seller: SellerReport
) -> None:
    client.find_offers(SKU)
    control.expire_access_tokens(seller["username"])
    assert client.find_offers(SKU) == []
    renewals = [call for call in control.requests() if call["template"].endswith("token")]
    assert len(renewals) == 2


def test_a_write_refused_with_401_is_sent_again_with_a_new_token(
    client: EbayClient, control: SandboxControl, seller: SellerReport
) -> None:
    client.find_offers(SKU)
    control.expire_access_tokens(seller["username"])
    client.put_inventory_item(SKU, mapped(facts(), settings(), SKU)["item"])
    puts = [call["status"] for call in control.requests() if call["method"] == "PUT"]
    assert puts[0] == 401
    assert len(puts) == 2


def test_a_second_401_is_tried_again_later_because_the_consent_was_just_confirmed(
    client: EbayClient, control: SandboxControl
) -> None:
    control.add_fault(OFFERS, "status", status=401, times=2)
    with pytest.raises(TransientError, match="renewed a moment ago"):
        client.find_offers(SKU)


def test_a_withdrawn_consent_stops_the_lane(
    client: EbayClient, control: SandboxControl, seller: SellerReport
) -> None:
    control.revoke(seller["username"])
    with pytest.raises(AuthorizationError):
        client.find_offers(SKU)


def test_a_failing_token_endpoint_is_tried_again_later(
    client: EbayClient, control: SandboxControl
) -> None:
    for kind in ("status", "cut_after"):
        control.add_fault(TOKEN, kind, status=500)
        with pytest.raises(TransientError):
            client.find_offers(SKU)
    assert client.find_offers(SKU) == []


def test_a_probe_is_harmless_reads_alone(account: Account, control: SandboxControl) -> None:
    handler = first_of("ebay")
    assert handler is not None
    handler.probe(account.pk)
    assert [call["method"] for call in control.requests()] == ["POST", "GET", "GET"]
    control.add_fault("GET /sell/account/v1/return_policy", "status", status=503, times=0)
    with pytest.raises(OutageError):
        handler.probe(account.pk)
