"""One item: replaced as a whole, hidden and shown, deleted, changed by hand."""

import pytest

from marketplaces.sandbox.control import ControlError
from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import UPDATE_ROUTE, MemberClient, fields_of


def photos_of(lea: MemberClient, item: int) -> list[int]:
    return [each["id"] for each in lea.read(item).body["item"]["photos"]]


def test_the_form_reads_what_was_written(lea: MemberClient) -> None:
    item = lea.publish("red", brand_id=53, brand="Nike", measurement_length=70)
    shown = lea.read(item).body["item"]
    assert shown["price"] == {"amount": "27.9", "currency_code": "EUR"}
    assert (shown["catalog_id"], shown["size_id"], shown["status_id"]) == (10, 4, 2)
    assert (shown["color1_id"], shown["color2_id"]) == (9, None)
    assert shown["brand_dto"] == {"title": "Nike", "slug": "nike"}
    assert (shown["measurement_length"], shown["description"]) == (70, "Coton léger.")


def test_an_update_replaces_everything(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish("red", "green")
    red, green = photos_of(lea, item)
    blue = lea.photo("blue")
    done = lea.update(item, blue, green, title="Jupe", price=12, brand="Mango")
    assert done.status == 200
    assert photos_of(lea, item) == [blue, green]
    shown = lea.read(item).body["item"]
    assert (shown["title"], shown["price"]["amount"]) == ("Jupe", "12.0")
    assert fields_of(lea.update(item, red, green)) == ["photos"]
    assert control.effects()["listings"][0]["revisions"] == 1


def test_an_update_that_leaves_anything_out_is_refused(lea: MemberClient) -> None:
    item = lea.publish()
    price_only = {"item": {"id": item, "price": 5}}
    refused = lea.write("PUT", f"item_upload/items/{item}", price_only)
    assert set(fields_of(refused)) >= {"title", "description", "catalog_id", "photos"}
    assert lea.update(item, *photos_of(lea, item), id=4711).status == 400
    assert lea.read(item).body["item"]["price"]["amount"] == "27.9"


def test_an_update_that_changes_nothing_has_no_effect(
    lea: MemberClient, control: VintedControl
) -> None:
    item = lea.publish()
    photos = photos_of(lea, item)
    for _ in range(2):
        lea.update(item, *photos, temp_uuid="the-same", price=9)
    assert control.effects()["effects"][UPDATE_ROUTE] == 1


def test_a_hidden_item_is_in_the_wardrobe_and_not_in_the_form(
    lea: MemberClient, control: VintedControl
) -> None:
    item = lea.publish()
    photos = photos_of(lea, item)
    assert lea.hide(item).body["item"]["is_hidden"] is True
    assert lea.wardrobe()["items"][0]["is_hidden"] is True
    assert (lea.read(item).status, lea.update(item, *photos).status) == (404, 404)
    assert control.effects()["listings"][0]["status"] == "ENDED"
    assert lea.hide(item, is_hidden=False).status == 200
    assert lea.read(item).status == 200


def test_hiding_takes_a_truth_value_and_an_item_on_sale(lea: MemberClient) -> None:
    item = lea.publish()
    assert lea.write("PUT", f"items/{item}/is_hidden", {"is_hidden": "yes"}).status == 400
    assert lea.hide(lea.draft()).status == 404


def test_an_item_is_deleted_once(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    assert [lea.delete(item).status for _ in range(2)] == [200, 404]
    assert lea.titles() == []
    assert (lea.read(item).status, lea.hide(item).status) == (404, 404)
    [listing] = control.effects()["listings"]
    assert (listing["status"], listing["state"], listing["ended_by"]) == (
        "ENDED",
        "deleted",
        "deletion",
    )


def test_a_strangers_item_is_not_there(lea: MemberClient, new_member: NewMember) -> None:
    item = lea.publish()
    tom = new_member("tom")
    statuses = [tom.read(item), tom.update(item), tom.hide(item), tom.delete(item)]
    assert [each.status for each in statuses] == [404] * 4


def test_a_sold_item_can_not_be_changed(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    photos = photos_of(lea, item)
    control.sell("lea", item)
    assert (lea.read(item).status, lea.update(item, *photos).status) == (404, 404)
    assert (lea.hide(item).status, lea.delete(item).status) == (404, 400)


def test_a_reserved_item_can_not_be_edited_meanwhile(
    lea: MemberClient, control: VintedControl
) -> None:
    item = lea.publish()
    photos = photos_of(lea, item)
    control.change_by_hand(item, is_reserved=True)
    assert (lea.read(item).status, lea.update(item, *photos).status) == (403, 403)
    assert lea.wardrobe()["items"][0]["is_reserved"] is True
    control.change_by_hand(item, is_reserved=False)
    assert lea.update(item, *photos).status == 200


def test_an_item_made_by_hand_is_found(lea: MemberClient, control: VintedControl) -> None:
    item = control.list_by_hand("lea", "Old hat", price=12.5, photos=2)
    [shown] = lea.wardrobe()["items"]
    assert (shown["id"], shown["title"], shown["price"]["amount"]) == (item, "Old hat", "12.5")
    assert len(shown["photos"]) == 2
    assert lea.read(item).body["item"]["catalog_id"] == 10


def test_a_change_by_hand_is_seen(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    assert control.change_by_hand(item, title="Shawl", price="9", is_reserved=True) == "reserved"
    [shown] = lea.wardrobe()["items"]
    assert (shown["title"], shown["price"]["amount"], shown["is_reserved"]) == (
        "Shawl",
        "9.0",
        True,
    )
    assert control.effects()["listings"][0]["status"] == "ACTIVE"
    assert control.change_by_hand(item, is_reserved=False, is_hidden=True) == "hidden"


def test_a_closing_by_hand_is_no_sale(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    control.close(item)
    [shown] = lea.wardrobe()["items"]
    assert (shown["is_closed"], shown["item_closing_action"]) == (True, None)
    assert control.effects()["listings"][0]["state"] == "closed"
    assert lea.delete(item).status == 200


def test_what_was_removed_by_hand_is_gone(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    control.remove_by_hand(item)
    assert lea.titles() == []
    with pytest.raises(ControlError, match="there is no item"):
        control.change_by_hand(item, title="Back")


def test_the_control_port_names_mistakes(lea: MemberClient, control: VintedControl) -> None:
    with pytest.raises(ControlError, match="no seller"):
        control.list_by_hand("nobody", "Old hat")
    with pytest.raises(ControlError, match="unknown: colour"):
        control.change_by_hand(control.list_by_hand("lea", "Hat"), colour="red")
