"""A photo's id is temporary until an item has it, and good for one item."""

import pytest

from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.seller_client import a_photo
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import MemberClient, fields_of


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_upload_is_told_with_its_session(lea: MemberClient, kind: str) -> None:
    reply = lea.upload(a_photo(kind=kind), **{"photo[temp_uuid]": "a-session"})
    assert reply.status == 200
    assert reply.body["temp_uuid"] == "a-session"
    assert (reply.body["width"], reply.body["height"]) == (640, 480)


def test_what_is_no_photo_is_refused(lea: MemberClient) -> None:
    for content in (b"", b"text", a_photo(kind="GIF"), a_photo()[:500], a_photo(size=(49, 200))):
        assert fields_of(lea.upload(content)) == ["file"]
    assert fields_of(lea.upload(a_photo() + b"\0" * 10 * 1024 * 1024)) == ["file"]
    assert lea.upload(**{"photo[type]": "user"}).status == 400
    assert lea.call("POST", "photos", b"x", Content_Type="application/json").status == 400


def test_an_unused_photo_expires(lea: MemberClient, control: VintedControl) -> None:
    photo = lea.photo()
    assert control.expire_photos() == 1
    assert fields_of(lea.create_draft(photo)) == ["photos"]
    late = lea.photo()
    control.settings(image_lifetime=0)
    assert fields_of(lea.create_draft(late)) == ["photos"]


def test_a_photo_of_an_item_stays(lea: MemberClient, control: VintedControl) -> None:
    photo = lea.photo()
    draft = lea.draft(photo)
    control.settings(image_lifetime=0)
    assert control.expire_photos() == 0
    assert lea.complete(draft, photo).status == 200


def test_a_photo_belongs_to_its_uploader_and_to_one_item(
    lea: MemberClient, new_member: NewMember
) -> None:
    photo = lea.photo()
    assert fields_of(new_member("tom").create_draft(photo)) == ["photos"]
    lea.draft(photo)
    assert fields_of(lea.create_draft(photo)) == ["photos"]


def test_a_photo_is_on_an_item_once(lea: MemberClient) -> None:
    photo = lea.photo()
    assert fields_of(lea.create_draft(photo, photo)) == ["photos"]
    assert fields_of(lea.create_draft(4711)) == ["photos"]
    assert fields_of(lea.create_draft(assigned_photos=[4711])) == ["photos"]


def test_an_item_has_1_to_20_photos(lea: MemberClient) -> None:
    photos = [lea.photo() for _ in range(21)]
    draft = lea.draft(*photos[:20])
    assert fields_of(lea.complete(draft, *photos)) == ["photos"]
    assert fields_of(lea.complete(draft)) == ["photos"]
    assert lea.complete(draft, *photos[:20]).status == 200


def test_the_same_picture_twice_on_an_item_is_told(
    lea: MemberClient, control: VintedControl
) -> None:
    photos = [lea.photo("red"), lea.photo("red")]
    draft = lea.draft(*photos)
    assert control.effects()["violations"] == [f"a photo is twice on draft {draft}"]
    lea.complete(draft, *photos)
    effects = control.effects()
    assert effects["summary"]["photos_attached_twice"] == 1
    assert [each["uploads"] for each in effects["images"]] == [2, 2]


def test_an_orphan_is_seen(lea: MemberClient, control: VintedControl) -> None:
    lea.photo()
    effects = control.effects()
    assert len(effects["images"]) == 1
    assert effects["summary"]["photos_attached"] == 0
