"""The list: what it shows to whom, page by page, late, and while it changes."""

import pytest

from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.vinted.conftest import NewMember
from tests.sandbox.vinted.member_client import MemberClient


@pytest.fixture
def seven(lea: MemberClient, control: VintedControl) -> MemberClient:
    for number in range(7):
        control.list_by_hand("lea", f"Item {number}")
    return lea


def test_the_list_has_words_instead_of_ids_and_no_description(lea: MemberClient) -> None:
    item = lea.publish("red", "green")
    [shown] = lea.wardrobe()["items"]
    assert (shown["brand"], shown["size"], shown["status"]) == (
        "Friperie du Canal",
        "M / 38",
        "Very good",
    )
    assert shown["price"] == {"amount": "27.9", "currency_code": "EUR"}
    assert (shown["user"]["login"], str(shown["user"]["id"])) == ("lea", lea.user_id)
    assert shown["url"] == f"https://www.vinted.fr/items/{item}-robe-fleurie-taille-m-demozp17"
    assert [each["is_main"] for each in shown["photos"]] == [True, False]
    assert not {"description", "catalog_id", "brand_id", "size_id", "status_id"} & set(shown)


def test_pages_go_from_the_newest_to_the_oldest(seven: MemberClient) -> None:
    pages = [seven.wardrobe(page=number, per_page=3) for number in (1, 2, 3, 4)]
    titles = [[each["title"] for each in page["items"]] for page in pages]
    assert titles == [
        ["Item 6", "Item 5", "Item 4"],
        ["Item 3", "Item 2", "Item 1"],
        ["Item 0"],
        [],
    ]
    pagination = {name: pages[1]["pagination"][name] for name in PAGINATION}
    assert pagination == dict(zip(PAGINATION, (2, 3, 7, 3), strict=True))


PAGINATION = ("current_page", "total_pages", "total_entries", "per_page")


def test_a_page_has_at_most_96(lea: MemberClient, control: VintedControl) -> None:
    for number in range(97):
        control.list_by_hand("lea", f"Item {number}", photos=0)
    page = lea.wardrobe(per_page=200)
    assert (len(page["items"]), page["pagination"]["per_page"]) == (96, 96)
    assert page["pagination"]["total_pages"] == 2


def test_an_empty_wardrobe_has_one_empty_page(lea: MemberClient) -> None:
    page = lea.wardrobe()
    assert (page["items"], page["pagination"]["total_pages"]) == ([], 1)


def test_pages_may_repeat_items(seven: MemberClient, control: VintedControl) -> None:
    control.settings(items_repeated_per_page=1)
    pages = seven.wardrobe(per_page=3)["pagination"]["total_pages"]
    titles = [seven.titles(page=number, per_page=3) for number in range(1, pages + 1)]
    assert titles == [
        ["Item 6", "Item 5", "Item 4"],
        ["Item 4", "Item 3", "Item 2"],
        ["Item 2", "Item 1", "Item 0"],
        ["Item 0"],
    ]


def test_pages_may_skip_items(seven: MemberClient, control: VintedControl) -> None:
    control.settings(items_skipped_per_page=1)
    assert [seven.titles(page=number, per_page=3) for number in (1, 2)] == [
        ["Item 6", "Item 5", "Item 4"],
        ["Item 2", "Item 1", "Item 0"],
    ]


def test_a_lagging_read_shows_what_was(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    control.settings(read_lag=60)
    assert lea.titles() == []
    assert lea.read(item).status == 404
    assert lea.delete(item).status == 200
    control.settings(read_lag=0)
    assert lea.titles() == []


def test_only_what_was_sold(seven: MemberClient, control: VintedControl) -> None:
    sold, closed, *_ = [each["id"] for each in seven.wardrobe()["items"]]
    control.sell("lea", sold)
    control.close(closed)
    assert [each["id"] for each in seven.wardrobe(cond="sold")["items"]] == [sold]


@pytest.mark.parametrize("query", [{"page": 0}, {"page": "one"}, {"per_page": 0}])
def test_a_page_is_a_number(lea: MemberClient, query: dict[str, str | int]) -> None:
    assert lea.get(f"wardrobe/{lea.user_id}/items", **query).status == 400


def test_others_see_what_is_on_sale(
    lea: MemberClient, new_member: NewMember, control: VintedControl
) -> None:
    for title in ("Hat", "Scarf"):
        control.list_by_hand("lea", title)
    control.list_by_hand("lea", "Draft", is_draft=True)
    hidden = control.list_by_hand("lea", "Hidden")
    lea.hide(hidden)
    tom = new_member("tom")
    shown = tom.get(f"wardrobe/{lea.user_id}/items").body["items"]
    assert [each["title"] for each in shown] == ["Scarf", "Hat"]
    assert tom.get("wardrobe/4711/items").status == 404


def test_who_is_signed_in_has_numbers(seven: MemberClient, control: VintedControl) -> None:
    control.sell("lea", seven.wardrobe()["items"][0]["id"])
    user = seven.get("users/current").body["user"]
    assert (user["item_count"], user["total_items_count"], user["given_item_count"]) == (6, 7, 1)
