"""A listing's life: draft, images, inventory, on sale, sold out, gone."""

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.conftest import NewShop
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import a_photo


def test_a_listing_goes_from_draft_to_sale(nora: ShopClient, control: EtsyControl) -> None:
    created = nora.create(tags="wool,warm", materials="wool")
    assert created.status == 201
    assert created.body["state"] == "draft"
    assert created.body["tags"] == ["wool", "warm"]
    assert created.body["price"] == {"amount": 1990, "divisor": 100, "currency_code": "EUR"}
    listing_id = created.body["listing_id"]

    assert nora.upload(listing_id, a_photo("red")).status == 201
    inventory = nora.put_inventory(listing_id, nora.product("A1", quantity=2))
    assert inventory.body["products"][0]["sku"] == "A1"
    active = nora.activate(listing_id)

    assert active.body["state"] == "active"
    assert active.body["quantity"] == 2
    report = control.effects()
    assert report["summary"]["active_listings"] == 1
    assert report["summary"]["photos_attached"] == 1
    assert report["summary"]["fees"] == 1
    assert report["violations"] == []
    assert report["listings"][0]["sku"] == "A1"


def test_the_same_create_twice_makes_two_listings(nora: ShopClient, control: EtsyControl) -> None:
    assert nora.draft() != nora.draft()
    summary = control.effects()["summary"]
    assert summary["draft_listings"] == 2
    assert summary["titles_with_several_listings"] == ["nora/Woollen scarf"]


@pytest.mark.parametrize(
    "missing",
    [
        "quantity",
        "title",
        "description",
        "price",
        "who_made",
        "when_made",
        "is_supply",
        "taxonomy_id",
        "shipping_profile_id",
        "readiness_state_id",
    ],
)
def test_a_draft_needs(nora: ShopClient, missing: str) -> None:
    assert nora.create(**{missing: None}).status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "0"),
        ("price", "abc"),
        ("price", "NaN"),
        ("quantity", 0),
        ("quantity", 1000),
        ("quantity", "1.5"),
        ("who_made", "robot"),
        ("when_made", "2020_2025"),
        ("taxonomy_id", 123_456_789),
        ("shipping_profile_id", 1),
        ("return_policy_id", 1),
        ("readiness_state_id", 1),
        ("item_weight", 0),
        ("type", "animal"),
        ("is_supply", "maybe"),
    ],
)
def test_a_wrong_value_is_refused_with_a_text(nora: ShopClient, field: str, value: str) -> None:
    refused = nora.create(**{field: value})
    assert refused.status == 400
    assert isinstance(refused.body["error"], str)
    assert nora.of_shop(state="draft").body["count"] == 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("title", "", "too_short"),
        ("title", "x" * 141, "too_long"),
        ("title", "Scarf ☃", "invalid_characters"),
        ("title", "Red & blue & green", "invalid_characters"),
        ("title", "Size: M, colour: red", "invalid_characters"),
        ("tags", ",".join(f"tag{number}" for number in range(14)), "array_too_long"),
        ("tags", "", "array_too_short"),
        ("tags", "x" * 21, "too_long"),
        ("tags", "wool!", "invalid_characters"),
        ("tags", "wool,Wool", "duplicate"),
        ("materials", "cotton-wool", "invalid_characters"),
        ("styles", "a,b,c", "array_too_long"),
    ],
)
def test_what_is_wrong_with_a_text_comes_as_a_list(
    nora: ShopClient, field: str, value: str, problem: str
) -> None:
    refused = nora.create(**{field: value})
    assert refused.status == 400
    assert [each["type"] for each in refused.body] == [problem]
    assert refused.body[0]["path"].startswith(f"/{field}")


def test_texts_may_hold_what_the_document_allows(nora: ShopClient) -> None:
    made = nora.create(title="Écharpe: 50% laine & soie + lin™ (neuve) «à voir»", tags="l'été,été")
    assert made.status == 201


def test_nothing_is_on_sale_without_an_image(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.draft()
    assert nora.activate(listing_id).status == 400
    assert nora.state_of(listing_id) == "draft"
    assert control.effects()["summary"]["fees"] == 0


def test_a_shipping_profile_needs_a_destination(new_shop: NewShop) -> None:
    nora = new_shop("nora", shipping_destinations=False)
    listing_id = nora.draft()
    nora.upload(listing_id, a_photo())
    assert nora.activate(listing_id).status == 400


def test_a_shop_outside_the_eu_needs_a_return_policy(new_shop: NewShop) -> None:
    for country, status in (("FR", 200), ("US", 400)):
        shop = new_shop(country, country=country, return_policy=False)
        listing_id = shop.draft()
        shop.upload(listing_id, a_photo())
        assert shop.activate(listing_id).status == status


def test_a_content_update_keeps_price_and_quantity(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    changed = nora.update(listing_id, title="Silk scarf", tags="silk")
    assert changed.body["title"] == "Silk scarf"
    assert control.effects()["violations"] == []

    nora.update(listing_id, price="5.00")
    assert nora.get(f"{API}/listings/{listing_id}").body["price"]["amount"] == 1990
    assert control.effects()["violations"]


def test_an_update_that_changes_nothing_is_no_effect(
    nora: ShopClient, control: EtsyControl
) -> None:
    listing_id = nora.on_sale(a_photo())
    route = "PATCH /v3/application/shops/{shop_id}/listings/{listing_id}"
    before = control.effects()["effects"][route]
    assert nora.update(listing_id, title="Woollen scarf").status == 200
    assert control.effects()["effects"][route] == before


def test_deactivated_and_back_costs_no_second_fee(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    assert nora.update(listing_id, state="inactive").body["state"] == "inactive"
    assert nora.activate(listing_id).body["state"] == "active"
    assert control.effects()["summary"]["fees"] == 1


@pytest.mark.parametrize("state", ["draft", "sold_out", "expired"])
def test_what_is_not_on_sale_is_not_deactivated(
    nora: ShopClient, control: EtsyControl, state: str
) -> None:
    listing_id = nora.on_sale(a_photo())
    control.set_state(listing_id, state)
    assert nora.update(listing_id, state="inactive").status == 409


def test_an_expired_listing_is_renewed_for_a_fee(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    control.set_state(listing_id, "expired")
    assert nora.activate(listing_id).body["state"] == "active"
    assert control.effects()["summary"]["fees"] == 2


def test_a_sold_out_listing_comes_back_with_one_piece(
    nora: ShopClient, control: EtsyControl
) -> None:
    listing_id = nora.on_sale(a_photo(), quantity=2)
    control.sell("nora", listing_id, 2)
    assert nora.state_of(listing_id) == "sold_out"

    back = nora.activate(listing_id).body

    assert (back["state"], back["quantity"]) == ("active", 1)
    assert control.effects()["summary"]["fees"] == 2


@pytest.mark.parametrize("state", ["draft", "active", "inactive", "sold_out", "expired"])
def test_a_listing_in_any_known_state_is_deleted(
    nora: ShopClient, control: EtsyControl, state: str
) -> None:
    listing_id = nora.on_sale(a_photo())
    control.set_state(listing_id, state)
    assert nora.delete(listing_id).status == 204
    assert nora.delete(listing_id).status == 404
    assert nora.get(f"{API}/listings/{listing_id}").status == 404


def test_a_frozen_listing_is_not_deleted(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    control.set_state(listing_id, "edit")
    assert nora.delete(listing_id).status == 409
    assert nora.state_of(listing_id) == "edit"


def test_a_stranger_neither_sees_drafts_nor_changes_anything(
    nora: ShopClient, new_shop: NewShop
) -> None:
    eve = new_shop("eve")
    draft, active = nora.draft(), nora.on_sale(a_photo())
    assert eve.get(f"{API}/listings/{draft}").status == 404
    assert eve.get(f"{API}/listings/{active}").status == 200
    assert eve.delete(active).status == 403
    assert eve.update(active, title="Mine").status == 403
    assert eve.get(f"{nora.shop}/listings").status == 403
    assert nora.update(active, title="Still mine").status == 200


def test_reads_lag_behind_writes(nora: ShopClient, control: EtsyControl) -> None:
    control.settings(read_lag=600)
    listing_id = nora.draft()
    assert nora.get(f"{API}/listings/{listing_id}").status == 404
    assert nora.of_shop(state="draft").body["count"] == 0
    assert nora.upload(listing_id, a_photo()).status == 201
    control.settings(read_lag=0)
    assert nora.of_shop(state="draft").body["count"] == 1
