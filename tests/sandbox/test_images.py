import hashlib

import pytest

from marketplaces.sandbox.control import SandboxControl
from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import IMAGE_ROUTE, MEDIA, SellerClient, a_photo, an_item

MEGABYTE = 1024 * 1024


def test_an_upload_is_known_by_the_checksum_of_its_bytes(
    anna: SellerClient, control: SandboxControl
) -> None:
    photo = a_photo()
    reply = anna.upload(photo)

    assert reply.status == 201
    image_id = reply.headers["Location"].rpartition("/")[2]
    assert anna.get(f"{MEDIA}/{image_id}").body == reply.body
    image = control.effects()["images"][0]
    assert (image["image_id"], image["url"]) == (image_id, reply.body["imageUrl"])
    assert image["checksum"] == hashlib.sha256(photo).hexdigest()
    assert (image["width"], image["height"], image["size"]) == (640, 480, len(photo))


def test_effects_are_counted_by_checksum(anna: SellerClient, control: SandboxControl) -> None:
    red, blue = a_photo("red"), a_photo("blue")
    for photo in (red, blue, red):
        anna.upload(photo)

    effects = control.effects()
    counted = {each["subject"]: each["count"] for each in effects["effects_by_subject"]}
    assert counted == {
        hashlib.sha256(red).hexdigest(): 2,
        hashlib.sha256(blue).hexdigest(): 1,
    }
    assert effects["effects"] == {IMAGE_ROUTE: 3}
    assert sorted(each["uploads"] for each in effects["images"]) == [1, 2, 2]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_ebays_formats_are_taken(anna: SellerClient, kind: str) -> None:
    assert anna.upload(a_photo(kind=kind)).status == 201


@pytest.mark.parametrize(
    ("content", "error_id"),
    [
        (a_photo(size=(499, 499)), 190202),
        (a_photo(size=(15_000, 1), kind="PNG"), 190202),
        (a_photo(kind="PPM"), 190203),
        (b"<html>not a photo</html>", 190203),
        (b"", 190203),
        (a_photo() + b"\0" * 12 * MEGABYTE, 190201),
    ],
    ids=["too small", "too long", "wrong format", "no image", "empty", "too many bytes"],
)
def test_a_faulty_file_is_refused(
    anna: SellerClient, control: SandboxControl, content: bytes, error_id: int
) -> None:
    reply = anna.upload(content)
    assert (reply.status, reply.error_ids) == (400, [error_id])
    assert control.effects()["images"] == []


def test_a_linked_image_is_known_by_the_checksum_of_its_link(
    anna: SellerClient, control: SandboxControl
) -> None:
    link = "https://shop.example/é.jpg"
    reply = anna.call("POST", f"{MEDIA}/create_image_from_url", {"imageUrl": link})
    assert reply.status == 201
    assert control.effects()["images"][0]["checksum"] == hashlib.sha256(link.encode()).hexdigest()


@pytest.mark.parametrize("link", ["http://shop.example/a.jpg", "a.jpg", ""])
def test_a_link_has_to_use_https(anna: SellerClient, link: str) -> None:
    reply = anna.call("POST", f"{MEDIA}/create_image_from_url", {"imageUrl": link})
    assert (reply.status, reply.error_ids) == (400, [190204])


def test_a_listings_photos_are_told_by_the_checksums_of_the_uploads(
    anna: SellerClient, control: SandboxControl
) -> None:
    photos = [a_photo("red"), a_photo("blue")]
    anna.publish_product("A1", *[anna.image_url(photo) for photo in photos])

    effects = control.effects()
    attached = [photo["checksum"] for photo in effects["listings"][0]["photos"]]
    assert attached == [hashlib.sha256(photo).hexdigest() for photo in photos]
    assert effects["summary"]["photos_attached"] == 2
    assert effects["violations"] == []


def test_a_photo_attached_twice_is_a_violation(anna: SellerClient, control: SandboxControl) -> None:
    photo = a_photo()
    anna.publish_product("A1", anna.image_url(photo), anna.image_url(photo))
    effects = control.effects()
    assert effects["summary"]["photos_attached_twice"] == 1
    assert len(effects["violations"]) == 1


def test_another_sellers_photo_on_a_listing_is_a_violation(
    new_seller: NewSeller, control: SandboxControl
) -> None:
    anna, bob = new_seller("anna"), new_seller("bob")
    bob.publish_product("B1", anna.image_url(a_photo()))
    [violation] = control.effects()["violations"]
    assert "of bob shows a photo of anna" in violation


def test_an_expired_image_is_gone_and_cannot_be_used(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.settings(image_lifetime=0)
    reply = anna.upload(a_photo())
    image_id = reply.headers["Location"].rpartition("/")[2]

    gone = anna.get(f"{MEDIA}/{image_id}")
    assert (gone.status, gone.error_ids) == (404, [190200])
    refused = anna.put_item("A1", an_item(reply.body["imageUrl"]))
    assert refused.error_ids == [25015]


def test_an_image_on_a_live_listing_outlives_its_expiry(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.settings(image_lifetime=3)
    reply = anna.upload(a_photo())
    image_id = reply.headers["Location"].rpartition("/")[2]
    spare_id = anna.upload(a_photo("blue")).headers["Location"].rpartition("/")[2]
    anna.publish_product("A1", reply.body["imageUrl"])

    while anna.get(f"{MEDIA}/{spare_id}").status == 200:
        pass  # the other image expires on the sandbox's own clock

    assert anna.get(f"{MEDIA}/{image_id}").status == 200
    assert anna.put_item("A1", an_item(reply.body["imageUrl"], title="Other")).status == 204


def test_media_posts_can_be_limited_as_ebay_does(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.settings(media_posts_per_5_seconds=1)
    assert anna.upload(a_photo()).status == 201
    reply = anna.upload(a_photo())
    assert (reply.status, reply.error_ids) == (429, [2001])
    assert control.effects()["violations"] == ["more than 1 photos in five seconds"]
