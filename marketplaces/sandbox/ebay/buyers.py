"""What buyers and sellers do at eBay itself, where no API of ours has a hand in it.

Commands of the control port: a purchase, a cancelled order, a listing that is ended or changed by
hand.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplaces.sandbox.ebay.kinds import ITEMS, LISTINGS, OFFERS, ORDERS
from marketplaces.sandbox.ebay.orders import timestamp
from marketplaces.sandbox.state import State

Json = dict[str, Any]
Order = Mapping[str, Any]

OUT_OF_STOCK = "OUT_OF_STOCK"


def buy(state: State, order: Order) -> Json:
    """`{username, sku | listing_id, quantity = 1, buyer, at_zero = OUT_OF_STOCK | ENDED}`.

    The listing's quantity falls and its sold quantity rises. What eBay does with the last piece
    depends on the seller's out-of-stock setting.
    """
    seller, quantity = str(order["username"]), int(order.get("quantity", 1))
    listing = _listing(state, order)
    if listing["status"] != "ACTIVE" or listing["quantity"] < quantity:
        raise ValueError(f"listing {listing['listing_id']} has not {quantity} to sell")
    sold = int(listing.get("sold", 0)) + quantity
    left = listing["quantity"] - quantity
    status = listing["status"] if left else str(order.get("at_zero", OUT_OF_STOCK))
    listing |= {"quantity": left, "sold": sold, "status": status}
    state.documents.put(LISTINGS, seller, listing["listing_id"], listing, parent=listing["sku"])
    _lower_stock(state, seller, listing, quantity)
    made = _order(state, seller, listing, quantity, str(order.get("buyer", "a-buyer")))
    state.documents.put(ORDERS, seller, made["orderId"], made)
    return {"order_id": made["orderId"], "listing_id": listing["listing_id"], "left": left}


def cancel(state: State, order: Order) -> Json:
    """`{username, order_id}`: cancelled and refunded; eBay puts nothing back on sale."""
    seller = str(order["username"])
    made = state.documents.get(ORDERS, seller, str(order["order_id"]))
    if made is None:
        raise ValueError(f"{seller} has no order {order['order_id']}")
    now = timestamp(state.now())
    refund = {
        "refundId": f"{made['orderId']}-R",
        "refundDate": now,
        "refundStatus": "REFUNDED",
        "amount": made["pricingSummary"]["total"],
    }
    made |= {
        "lastModifiedDate": now,
        "orderPaymentStatus": "FULLY_REFUNDED",
        "cancelStatus": {"cancelState": "CANCELED", "cancelRequests": [], "cancelledDate": now},
    }
    made["paymentSummary"]["refunds"] = [refund]
    state.documents.put(ORDERS, seller, made["orderId"], made)
    return {"order_id": made["orderId"]}


def end(state: State, order: Order) -> Json:
    """`{username, sku | listing_id, status = ENDED}`: ended by hand, or by eBay (EBAY_ENDED)."""
    listing = _listing(state, order) | {"status": str(order.get("status", "ENDED"))}
    key = listing["listing_id"]
    state.documents.put(LISTINGS, str(order["username"]), key, listing, parent=listing["sku"])
    return {"listing_id": key}


def change(state: State, order: Order) -> Json:
    """`{username, sku | listing_id, price, quantity}`: edited by the seller at eBay."""
    seller, listing = str(order["username"]), _listing(state, order)
    offer = state.documents.get(OFFERS, seller, listing["offer_id"]) or {}
    if "price" in order:
        listing["price"] = str(order["price"])
        offer["fields"]["pricingSummary"]["price"]["value"] = str(order["price"])
    if "quantity" in order:
        listing["quantity"] = offer["fields"]["availableQuantity"] = int(order["quantity"])
        _set_stock(state, seller, listing["sku"], int(order["quantity"]))
    state.documents.put(OFFERS, seller, offer["offer_id"], offer, parent=offer["sku"])
    state.documents.put(LISTINGS, seller, listing["listing_id"], listing, parent=listing["sku"])
    return {"listing_id": listing["listing_id"]}


COMMANDS = {"purchases": buy, "cancellations": cancel, "endings": end, "changes": change}
"""By the name under which the control port serves each."""


def _listing(state: State, order: Order) -> Json:
    seller = str(order["username"])
    if "listing_id" in order:
        found = state.documents.get(LISTINGS, seller, str(order["listing_id"]))
        shown = [] if found is None else [found]
    else:
        shown = state.documents.all_of(LISTINGS, seller, parent=str(order["sku"]))
    live = [each for each in shown if each["status"] in {"ACTIVE", OUT_OF_STOCK}]
    if not live:
        raise ValueError(f"{seller} has no such listing: {dict(order)}")
    return live[-1]


def _lower_stock(state: State, seller: str, listing: Json, quantity: int) -> None:
    offer = state.documents.get(OFFERS, seller, listing["offer_id"])
    if offer is not None and offer["fields"].get("availableQuantity") is not None:
        left = max(0, offer["fields"]["availableQuantity"] - quantity)
        offer["fields"]["availableQuantity"] = left
        state.documents.put(OFFERS, seller, offer["offer_id"], offer, parent=offer["sku"])
    item = state.documents.get(ITEMS, seller, listing["sku"]) or {}
    place = (item.get("availability") or {}).get("shipToLocationAvailability") or {}
    if place.get("quantity"):
        _set_stock(state, seller, listing["sku"], max(0, place["quantity"] - quantity))


def _set_stock(state: State, seller: str, sku: str, quantity: int) -> None:
    item = state.documents.get(ITEMS, seller, sku)
    if item is not None:
        item["availability"]["shipToLocationAvailability"]["quantity"] = quantity
        state.documents.put(ITEMS, seller, sku, item)


def _order(state: State, seller: str, listing: Json, quantity: int, buyer: str) -> Json:
    number = state.store.next_number("ebay.order", start=10_001)
    now, currency = timestamp(state.now()), listing["currency"]

    def amount(value: Decimal) -> Json:
        return {"currency": currency, "value": f"{value:.2f}"}

    cost = Decimal(listing["price"]) * quantity
    delivery, total = Decimal("4.90"), cost + Decimal("4.90")
    line = {
        "lineItemId": str(state.store.next_number("ebay.line", start=10_010_000_001)),
        "legacyItemId": listing["listing_id"],
        "sku": listing["sku"],
        "title": listing["title"],
        "lineItemCost": amount(cost),
        "quantity": quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": listing["marketplace_id"],
        "purchaseMarketplaceId": listing["marketplace_id"],
        "lineItemFulfillmentStatus": "NOT_STARTED",
        "total": amount(total),
        "deliveryCost": {"shippingCost": amount(delivery)},
        "appliedPromotions": [],
        "taxes": [],
        "refunds": [],
        "properties": {"buyerProtection": True},
    }
    address = {
        "fullName": "Camille Acheteur",
        "contactAddress": {"addressLine1": "1 rue du Test", "city": "Lyon", "countryCode": "FR"},
    }
    return {
        "orderId": f"12-{number:05d}-{number:05d}",
        "creationDate": now,
        "lastModifiedDate": now,
        "orderFulfillmentStatus": "NOT_STARTED",
        "orderPaymentStatus": "PAID",
        "sellerId": seller,
        "buyer": {"username": buyer},
        "pricingSummary": {
            "priceSubtotal": amount(cost),
            "deliveryCost": amount(delivery),
            "total": amount(total),
        },
        "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
        "paymentSummary": {
            "totalDueSeller": amount(total),
            "refunds": [],
            "payments": [{"paymentMethod": "EBAY", "paymentStatus": "PAID", "paymentDate": now}],
        },
        "fulfillmentStartInstructions": [
            {"fulfillmentInstructionsType": "SHIP_TO", "shippingStep": {"shipTo": address}}
        ],
        "fulfillmentHrefs": [],
        "lineItems": [line],
        "totalFeeBasisAmount": amount(total),
        "totalMarketplaceFee": amount(Decimal("2.00")),
    }
