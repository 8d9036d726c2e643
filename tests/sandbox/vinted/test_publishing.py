"""Photos, a private draft, its completion: what is checked when, and what it leaves behind."""

import hashlib
from typing import Any

import pytest

from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.seller_client import a_photo
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import MemberClient, fields_of

COLOURS = ("red", "green", "blue")


def test_a_product_is_published(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish(*COLOURS)
    effects = control.effects()
    [listing] = effects["listings"]
    assert (listing["listing_id"], listing["status"]) == (str(item), "ACTIVE")
    assert (listing["sku"], listing["price"], listing["state"]) == ("demozp17", "27.90", "active")
    sums = [hashlib.sha256(a_photo(each)).hexdigest() for each in COLOURS]
    assert [each["checksum"] for each in listing["photos"]] == sums
    assert effects["violations"] == []
    assert [each["uploads"] for each in effects["images"]] == [1, 1, 1]


def test_a_draft_is_seen_by_its_owner_alone(lea: MemberClient, new_member: NewMember) -> None:
    draft = lea.draft(lea.photo())
    [shown] = lea.wardrobe()["items"]
    assert (shown["id"], shown["is_draft"], len(shown["photos"])) == (draft, True, 1)
    tom = new_member("tom")
    assert tom.get(f"wardrobe/{lea.user_id}/items").body["items"] == []
    assert tom.read(draft).status == 404
    assert tom.complete(draft).status == 404


def test_a_draft_may_be_unfinished_but_not_too_long(lea: MemberClient) -> None:
    assert lea.create_draft(brand=None, price=None, size_id=None).status == 200
    assert fields_of(lea.create_draft(title="x" * 101, description="x" * 2001)) == [
        "title",
        "description",
    ]


def test_a_draft_is_read_or_not(lea: MemberClient, control: VintedControl) -> None:
    draft = lea.draft()
    assert lea.read(draft).body["item"]["is_draft"] is True
    control.settings(drafts_can_be_read=0)
    assert lea.read(draft).status == 404


def test_completion_checks_the_body_that_is_sent_and_not_the_draft(lea: MemberClient) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    assert fields_of(lea.complete(draft, photo, catalog_id=None, size_id=None)) == ["catalog_id"]
    done = lea.complete(draft, photo, title="Another title")
    assert (done.status, done.body["item"]["title"]) == (200, "Another title")


def test_completion_wants_photos_and_not_assigned_photos(lea: MemberClient) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    assert fields_of(lea.complete(draft, photo, photos_in="assigned_photos")) == ["photos"]
    assert lea.wardrobe()["items"][0]["is_draft"] is True


def test_a_draft_is_completed_once(lea: MemberClient, control: VintedControl) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    assert [lea.complete(draft, photo).status for _ in range(2)] == [200, 404]
    assert control.effects()["summary"]["active_listings"] == 1


def test_a_draft_is_discarded(lea: MemberClient) -> None:
    draft = lea.draft()
    path = f"item_upload/drafts/{draft}"
    assert [lea.write("DELETE", path).status for _ in range(2)] == [200, 404]
    assert lea.titles() == []


def test_what_is_on_sale_is_no_draft_any_more(lea: MemberClient) -> None:
    item = lea.publish()
    assert lea.write("DELETE", f"item_upload/drafts/{item}").status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": None}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"title": "MANTEAU EN LAINE"}, "title"),
        ({"description": " "}, "description"),
        ({"description": "x" * 2001}, "description"),
        ({"price": 0.99}, "price"),
        ({"price": 30_000.01}, "price"),
        ({"price": 10.001}, "price"),
        ({"price": "much"}, "price"),
        ({"currency": "USD"}, "currency"),
        ({"catalog_id": 4}, "catalog_id"),
        ({"catalog_id": 4711}, "catalog_id"),
        ({"brand": None}, "brand"),
        ({"brand_id": 4711}, "brand"),
        ({"size_id": None}, "size"),
        ({"size_id": 208}, "size"),
        ({"size_id": [4]}, "size"),
        ({"catalog_id": 98}, "size"),
        ({"color_ids": []}, "color"),
        ({"color_ids": [1, 2, 3]}, "color"),
        ({"color_ids": [4711]}, "color"),
        ({"status_id": 5}, "status"),
        ({"status_id": None}, "status"),
        ({"package_size_id": None}, "package_size"),
        ({"item_attributes": [{"code": "material", "ids": [1, 2, 3, 4]}]}, "item_attributes"),
        ({"is_unisex": True}, "is_unisex"),
    ],
)
def test_what_is_wrong_is_named(lea: MemberClient, changes: dict[str, Any], field: str) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    refused = lea.complete(draft, photo, **changes)
    assert fields_of(refused) == [field]
    assert refused.body["errors"][0]["value"] in refused.body["message"]


def test_the_condition_may_be_an_attribute(lea: MemberClient) -> None:
    attributes = [{"code": "condition", "ids": [6]}]
    item = lea.publish(status_id=None, item_attributes=attributes)
    assert lea.read(item).body["item"]["status_id"] == 6


def test_glasses_are_for_everybody_and_have_no_size(lea: MemberClient) -> None:
    assert lea.publish(catalog_id=98, size_id=None, is_unisex=True)


def test_a_paid_bump_is_a_violation(lea: MemberClient, control: VintedControl) -> None:
    lea.write("POST", "item_upload/drafts", {"draft": lea.content(), "push_up": True})
    assert control.effects()["violations"] == [
        "POST /api/v2/item_upload/drafts pays for a bump",
    ]


def test_a_body_that_is_no_json_is_a_400_and_not_a_bug(
    lea: MemberClient, control: VintedControl
) -> None:
    surrogate = b'{"draft": {"title": "\\ud800"}}'
    for content in (b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"draft": []}', surrogate):
        reply = lea.call("POST", "item_upload/drafts", content, Content_Type="application/json")
        assert reply.status == 400
    wrapped = {"body": {"draft": lea.content()}}
    assert lea.write("POST", "item_upload/drafts", wrapped).status == 400
    assert control.effects()["violations"] == []


def test_two_items_of_one_key_are_a_duplicate(lea: MemberClient, control: VintedControl) -> None:
    lea.publish("red")
    lea.publish("green", title="Robe fleurie [DEMOZP17]")
    effects = control.effects()
    assert effects["summary"]["skus_with_several_active_listings"] == ["lea/demozp17"]
    assert effects["violations"] == ["several active listings of SKU lea/demozp17"]


def test_a_forgotten_draft_is_a_duplicate_in_waiting(
    lea: MemberClient, control: VintedControl
) -> None:
    lea.publish()
    lea.draft()
    assert control.effects()["summary"]["skus_with_several_listings"] == ["lea/demozp17"]


def test_two_items_of_one_title_without_a_key_are_a_duplicate(
    lea: MemberClient, control: VintedControl
) -> None:
    for colour in COLOURS[:2]:
        lea.publish(colour, title="Robe fleurie")
    summary = control.effects()["summary"]
    assert summary["titles_with_several_listings"] == ["lea/Robe fleurie"]


def test_the_choices_of_the_form_are_told(lea: MemberClient) -> None:
    women, men = lea.get("item_upload/catalogs").body["catalogs"]
    assert (women["id"], men["id"]) == (1904, 5)
    assert {"id": 9, "title": "Blue", "code": "BLUE"} in lea.get("item_upload/colors").body[
        "colors"
    ]
    [brand] = lea.get("item_upload/brands", category_id=10, keyword="lev").body["brands"]
    assert (brand["id"], brand["title"]) == (10, "Levi's")
    [group] = lea.get("item_upload/size_groups", **{"catalog_ids[]": 10}).body["size_groups"]
    assert {"id": 4, "title": "M / 38"} in group["sizes"]
    assert lea.get("item_upload/size_groups", **{"catalog_ids[]": 98}).body["size_groups"] == []
