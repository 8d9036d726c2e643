"""Images of a listing: each upload is one more, and the rank says where it goes."""

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.conftest import NewShop
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import Reply, a_photo

COLOURS = ("red", "green", "blue")


@pytest.fixture
def listing(nora: ShopClient) -> int:
    return nora.draft()


def number(reply: Reply) -> int:
    assert reply.status == 201
    return int(reply.body["listing_image_id"])


def order(nora: ShopClient, listing: int) -> list[int]:
    shown = nora.images(listing)
    assert [each["rank"] for each in shown] == list(range(1, len(shown) + 1))
    return [each["listing_image_id"] for each in shown]


def test_without_a_rank_the_newest_comes_first(nora: ShopClient, listing: int) -> None:
    red, green = (number(nora.upload(listing, a_photo(each))) for each in COLOURS[:2])
    assert order(nora, listing) == [green, red]


def test_a_rank_is_a_place_and_others_move_on(nora: ShopClient, listing: int) -> None:
    red = number(nora.upload(listing, a_photo("red"), rank=1))
    green = number(nora.upload(listing, a_photo("green"), rank=2))
    blue = number(nora.upload(listing, a_photo("blue"), rank=2))
    assert order(nora, listing) == [red, blue, green]


def test_overwriting_takes_the_place_of_the_one_that_is_there(
    nora: ShopClient, listing: int, control: EtsyControl
) -> None:
    nora.upload(listing, a_photo("red"), rank=1)
    for _ in range(2):
        second = number(nora.upload(listing, a_photo("green"), rank=2, overwrite="true"))
    assert order(nora, listing)[1] == second
    assert len(control.effects()["listings"][0]["photos"]) == 2
    assert control.effects()["violations"] == []


def test_the_same_photo_uploaded_twice_is_there_twice(
    nora: ShopClient, listing: int, control: EtsyControl
) -> None:
    for rank in (1, 2):
        nora.upload(listing, a_photo("red"), rank=rank)
    effects = control.effects()
    assert [each["uploads"] for each in effects["images"]] == [2, 2]
    assert effects["violations"] == [f"a photo is twice on draft {listing}"]
    nora.activate(listing)
    assert control.effects()["summary"]["photos_attached_twice"] == 1


def test_a_rank_beyond_the_last_means_behind_it(nora: ShopClient, listing: int) -> None:
    assert nora.upload(listing, a_photo(), rank=7).body["rank"] == 1


def test_a_deleted_image_can_be_assigned_again(nora: ShopClient, listing: int) -> None:
    red = number(nora.upload(listing, a_photo("red")))
    path = f"{nora.shop}/listings/{listing}/images/{red}"
    assert nora.call("DELETE", path).status == 204
    assert nora.call("DELETE", path).status == 404
    assert nora.images(listing) == []
    assert number(nora.upload(listing, listing_image_id=red)) == red
    assert order(nora, listing) == [red]
    assert nora.get(f"{API}/listings/{listing}/images/{red}").status == 200


def test_the_whole_order_can_be_set(nora: ShopClient, listing: int) -> None:
    ids = [number(nora.upload(listing, a_photo(each))) for each in COLOURS]
    nora.update(listing, image_ids=",".join(map(str, ids)))
    assert order(nora, listing) == ids
    assert nora.update(listing, image_ids=f"{ids[0]},{ids[0]}").status == 400
    assert nora.update(listing, image_ids="1").status == 404


def test_an_active_listing_keeps_its_last_image(nora: ShopClient) -> None:
    active = nora.on_sale(a_photo())
    [image_id] = order(nora, active)
    assert nora.call("DELETE", f"{nora.shop}/listings/{active}/images/{image_id}").status == 400


def test_there_are_twenty_at_most(nora: ShopClient, listing: int) -> None:
    photo = a_photo(size=(60, 60))
    assert {nora.upload(listing, photo, rank=rank).status for rank in range(1, 21)} == {201}
    assert nora.upload(listing, photo, rank=21).status == 400
    assert nora.upload(listing, photo, rank=20, overwrite="true").status == 201
    assert len(nora.images(listing)) == 20


@pytest.mark.parametrize(
    "content",
    [b"no photo", a_photo(size=(40, 400)), a_photo(kind="BMP"), a_photo()[:500]],
    ids=["text", "tiny", "bmp", "cut"],
)
def test_an_unfit_file_is_refused(nora: ShopClient, listing: int, content: bytes) -> None:
    refused = nora.upload(listing, content)
    assert refused.status == 400
    assert refused.body["error"]
    assert nora.images(listing) == []


def test_a_file_or_an_image_is_needed(nora: ShopClient, listing: int) -> None:
    assert nora.upload(listing, rank=1).status == 400
    assert nora.upload(listing, listing_image_id=1).status == 404
    assert nora.upload(listing, a_photo(), alt_text="x" * 501).status == 400


def test_a_stranger_s_listing_gets_no_image(
    nora: ShopClient, listing: int, new_shop: NewShop
) -> None:
    eve = new_shop("eve")
    path = f"{eve.shop}/listings/{listing}/images"
    refused = eve.call("POST", path, b"", Content_Type="multipart/form-data; boundary=x")
    assert refused.status == 403
    assert eve.get(f"{API}/listings/{listing}/images").status == 404
