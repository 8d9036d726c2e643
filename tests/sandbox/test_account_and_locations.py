import pytest

from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import INVENTORY, SellerClient

LOCATION = f"{INVENTORY}/location"
ADDRESS = {"country": "FR", "postalCode": "69001"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("fulfillment", "fulfillmentPolicies"),
        ("payment", "paymentPolicies"),
        ("return", "returnPolicies"),
    ],
)
def test_policies_are_listed_for_their_marketplace(
    new_seller: NewSeller, kind: str, name: str
) -> None:
    anna, bare = new_seller("anna"), new_seller("bare", policies=False)
    path = f"/sell/account/v1/{kind}_policy"

    [policy] = anna.get(path, marketplace_id="EBAY_FR").body[name]

    report = {**anna.seller}
    assert policy[f"{kind}PolicyId"] == report[f"{kind}_policy_id"]
    assert anna.get(path, marketplace_id="EBAY_DE").body["total"] == 0
    assert bare.get(path, marketplace_id="EBAY_FR").body[name] == []
    assert anna.get(path).error_ids == [20401]
    assert anna.get(path, marketplace_id="MARS").error_ids == [20403]


def test_a_location_is_made_once(new_seller: NewSeller) -> None:
    bare = new_seller("bare", location=False)
    assert bare.get(LOCATION).body["total"] == 0
    body = {"location": {"address": ADDRESS}, "name": "Depot"}

    assert bare.call("POST", f"{LOCATION}/depot", body).status == 204
    again = bare.call("POST", f"{LOCATION}/depot", body)

    assert (again.status, again.error_ids) == (409, [25803])
    found = bare.get(f"{LOCATION}/depot").body
    assert (found["merchantLocationKey"], found["merchantLocationStatus"]) == ("depot", "ENABLED")
    assert [each["name"] for each in bare.get(LOCATION).body["locations"]] == ["Depot"]


def test_a_location_needs_an_address(anna: SellerClient) -> None:
    for address in ({}, {"country": "FR"}, {"country": "FR", "city": "Lyon"}):
        reply = anna.call("POST", f"{LOCATION}/depot", {"location": {"address": address}})
        assert (reply.status, reply.error_ids) == (400, [25801])
    reply = anna.call("POST", f"{LOCATION}/{'k' * 37}", {"location": {"address": ADDRESS}})
    assert (reply.status, reply.error_ids) == (400, [25802])


def test_an_unknown_location_is_not_found(anna: SellerClient) -> None:
    reply = anna.get(f"{LOCATION}/nowhere")
    assert (reply.status, reply.error_ids) == (404, [25805])
