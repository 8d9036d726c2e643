"""Account API: the seller's business policies of one marketplace, read only."""

from typing import Any

from marketplaces.sandbox.ebay import sellers
from marketplaces.sandbox.ebay.enums import MARKETPLACES
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/sell/account/v1"
DETAILS: dict[str, Json] = {
    "fulfillment": {
        "freightShipping": False,
        "globalShipping": False,
        "localPickup": False,
        "pickupDropOff": False,
        "handlingTime": {"unit": "DAY", "value": 2},
    },
    "payment": {"immediatePay": True, "paymentMethods": []},
    "return": {
        "refundMethod": "MONEY_BACK",
        "returnsAccepted": True,
        "returnPeriod": {"unit": "DAY", "value": 30},
        "returnShippingCostPayer": "BUYER",
    },
}


def fulfillment_policies(state: State, call: Call) -> Answer:
    return _policies(state, call, "fulfillment", "fulfillmentPolicies")


def payment_policies(state: State, call: Call) -> Answer:
    return _policies(state, call, "payment", "paymentPolicies")


def return_policies(state: State, call: Call) -> Answer:
    return _policies(state, call, "return", "returnPolicies")


def _policies(state: State, call: Call, kind: str, name: str) -> Answer:
    marketplace = call.query.get("marketplace_id", "")
    if not marketplace:
        raise refusal(400, 20401, field="marketplace_id")
    if marketplace not in MARKETPLACES:
        raise refusal(400, 20403, field="marketplace_id")
    policy_id = sellers.policy_id(state, call.seller, kind)
    found = []
    if policy_id is not None and marketplace == sellers.MARKETPLACE:
        found.append(_policy(kind, policy_id))
    href = f"{call.origin}{PATH}/{kind}_policy?marketplace_id={marketplace}"
    body = {name: found, "total": len(found), "limit": 100, "offset": 0, "href": href}
    return Answer(status=200, body=body)


def _policy(kind: str, policy_id: str) -> Json:
    return DETAILS[kind] | {
        f"{kind}PolicyId": policy_id,
        "name": f"Standard {kind}",
        "marketplaceId": sellers.MARKETPLACE,
        "categoryTypes": [{"name": "ALL_EXCLUDING_MOTORS_VEHICLES", "default": True}],
    }
