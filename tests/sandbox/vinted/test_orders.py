"""Sales: one transaction each, which runs its course or falls through."""

import pytest

from marketplaces.sandbox.control import ControlError
from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.vinted.member_client import MemberClient


def orders(lea: MemberClient, **query: str) -> list[dict[str, object]]:
    asked = {"type": "sold", "status": "all", "per_page": "100"} | query
    found = lea.get("my_orders", **asked)
    listed: list[dict[str, object]] = found.body["my_orders"]
    return listed


def test_a_sale_closes_the_item_and_makes_an_order(
    lea: MemberClient, control: VintedControl
) -> None:
    item = lea.publish()
    sale = control.sell("lea", item)
    [shown] = lea.wardrobe()["items"]
    assert (shown["is_closed"], shown["item_closing_action"]) == (True, "sold")
    [order] = orders(lea)
    assert order["transaction_id"] == sale["transaction_id"]
    assert order["price"] == {"amount": "27.9", "currency_code": "EUR"}
    assert order["transaction_user_status"] == "waiting"
    assert orders(lea, type="purchased") == []


def test_a_transaction_tells_its_items(lea: MemberClient, control: VintedControl) -> None:
    first, second = lea.publish("red"), lea.publish("green", title="Jupe [demozp18]", price=10)
    sale = control.sell("lea", first, second)
    told = lea.get(f"transactions/{sale['transaction_id']}").body["transaction"]
    assert [each["id"] for each in told["order"]["items"]] == [first, second]
    assert told["order"]["items"][1]["price"]["amount"] == "10.0"
    assert told["offer"]["price"]["amount"] == "37.9"
    assert told["item_title"] == "Bundle of 2 items"
    assert str(told["seller"]["id"]) == lea.user_id


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("ship", ("waiting", 260, 200)),
        ("deliver", ("waiting", 380, 400)),
        ("complete", ("completed", 450, 400)),
        ("fail", ("failed", 520, 100)),
    ],
)
def test_a_sale_runs_its_course(
    lea: MemberClient, control: VintedControl, to: str, told: tuple[str, int, int]
) -> None:
    sale = control.sell("lea", lea.publish())
    control.change_sale(sale["transaction_id"], to)
    now = lea.get(f"transactions/{sale['transaction_id']}").body["transaction"]
    assert (now["transaction_user_status"], now["status"], now["shipment"]["status"]) == told


def test_asking_for_completed_ones_passes_over_the_others(
    lea: MemberClient, control: VintedControl
) -> None:
    ids = [
        control.sell("lea", lea.publish(title=f"Jupe {to}"), to=to)["transaction_id"]
        for to in ("pay", "complete", "fail")
    ]
    assert [each["transaction_id"] for each in orders(lea)] == ids[::-1]
    assert [each["transaction_id"] for each in orders(lea, status="completed")] == [ids[1]]


def test_a_failed_sale_may_put_its_item_on_sale_again(
    lea: MemberClient, control: VintedControl
) -> None:
    item = lea.publish()
    sale = control.sell("lea", item)
    control.change_sale(sale["transaction_id"], "fail", reopens=True)
    assert lea.wardrobe()["items"][0]["is_closed"] is False
    assert lea.read(item).status == 200


def test_amounts_are_objects_for_who_asks_for_them(
    lea: MemberClient, control: VintedControl
) -> None:
    control.sell("lea", lea.publish())
    plain = lea.call("GET", "my_orders?type=sold&status=all")
    assert plain.body["my_orders"][0]["price"] == "27.9"


def test_orders_lag_as_other_reads_do(lea: MemberClient, control: VintedControl) -> None:
    sale = control.sell("lea", lea.publish())
    control.settings(read_lag=60)
    assert orders(lea) == []
    assert lea.get(f"transactions/{sale['transaction_id']}").status == 404


def test_what_nobody_sees_is_not_sold(lea: MemberClient, control: VintedControl) -> None:
    item = lea.publish()
    control.sell("lea", item)
    for number in (item, lea.draft()):
        with pytest.raises(ControlError, match="buyers see"):
            control.sell("lea", number)
    assert lea.get("my_orders", type="lent").status == 400
    with pytest.raises(ControlError, match="no such transaction"):
        control.change_sale(4711, "fail")
