"""The sandbox's Etsy against Etsy's own document: what it takes, and what it answers."""

from marketplaces.sandbox.etsy import enums
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.routes import ROOT, ROUTES
from tests.official.documents import ETSY, requires_documents
from tests.official.judge import check_exchange
from tests.sandbox.etsy.conftest import NewShop
from tests.sandbox.etsy.shop_client import API, FORM, ShopClient
from tests.sandbox.seller_client import a_photo

pytestmark = requires_documents


def read_the_shop(nora: ShopClient) -> None:
    seller = nora.seller
    nora.get(f"{API}/openapi-ping")
    nora.get(f"{API}/users/me")
    nora.get(f"{API}/users/{seller['user_id']}/shops")
    nora.get(nora.shop)
    nora.get(f"{nora.shop}/shipping-profiles")
    nora.get(f"{nora.shop}/shipping-profiles/{seller['shipping_profile_id']}")
    nora.get(f"{nora.shop}/readiness-state-definitions", limit=10, offset=0)
    nora.get(f"{nora.shop}/readiness-state-definitions/{seller['readiness_state_id']}")
    nora.get(f"{nora.shop}/policies/return")
    nora.get(f"{nora.shop}/policies/return/{seller['return_policy_id']}")
    nora.get(f"{nora.shop}/sections")
    nora.get(f"{API}/seller-taxonomy/nodes")
    nora.get(f"{API}/seller-taxonomy/nodes/1180/properties")
    nora.post(f"{API}/scopes", token=nora.token)


def publish_and_read(nora: ShopClient) -> int:
    """The good path up to an active listing, every read included."""
    texts = {"tags": "wool,warm", "materials": "wool", "styles": "Formal"}
    listing_id = int(nora.create(**texts).body["listing_id"])
    image_id = nora.upload(listing_id, a_photo("red"), rank=1, alt_text="A scarf").body[
        "listing_image_id"
    ]
    nora.upload(listing_id, a_photo("blue"), rank=2, overwrite="true")
    nora.put_inventory(listing_id, nora.product("A1", quantity=3))
    nora.activate(listing_id)
    nora.update(listing_id, title="Silk scarf", tags="silk")
    for path in ("inventory", "images", f"images/{image_id}"):
        nora.get(f"{API}/listings/{listing_id}/{path}")
    nora.get(f"{API}/listings/{listing_id}", includes="Images")
    nora.get(f"{API}/listings/batch", listing_ids=f"{listing_id},1", includes="Images")
    nora.get(f"{API}/listings/batch/inventory", listing_ids=listing_id)
    nora.of_shop(state="active", limit=100, offset=0, includes="Images,Inventory,Shipping")
    nora.get(f"{nora.shop}/listings/active", limit=10)
    return listing_id


def sell_and_end(nora: ShopClient, control: EtsyControl, listing_id: int) -> None:
    receipt_id = control.sell("nora", listing_id)["receipt_id"]
    control.change_order(receipt_id, "refund")
    nora.get(
        f"{nora.shop}/receipts",
        min_last_modified=946684800,
        sort_on="updated",
        sort_order="asc",
        was_paid="true",
        limit=100,
    )
    nora.get(f"{nora.shop}/receipts/{receipt_id}")
    nora.get(f"{nora.shop}/receipts/{receipt_id}/transactions")
    first, _ = nora.images(listing_id)
    path = f"{nora.shop}/listings/{listing_id}/images/{first['listing_image_id']}"
    nora.call("DELETE", path)
    nora.upload(listing_id, listing_image_id=first["listing_image_id"])
    nora.update(listing_id, state="inactive")
    nora.delete(listing_id)


def fail_in_every_way(nora: ShopClient, control: EtsyControl) -> None:
    nora.create(price=None)
    nora.create(title="", tags="")
    draft = nora.draft()
    nora.activate(draft)
    nora.upload(draft, b"no photo")
    nora.put_inventory(draft, {"sku": "A1"})
    nora.update(draft, state="inactive")
    for path in ("1", "1/images", "1/inventory", "batch?listing_ids=", f"{draft}/images/1"):
        nora.get(f"{API}/listings/{path}")
    nora.delete(1)
    nora.get(f"{API}/listings/batch/inventory", listing_ids=1)
    nora.of_shop(state="mislaid")
    nora.get(f"{API}/shops/1")
    nora.get(f"{API}/seller-taxonomy/nodes/2/properties")
    nora.get(f"{nora.shop}/receipts", limit=101)
    nora.get(f"{nora.shop}/receipts/1")
    nora.get(f"{API}/shops/1/listings")
    nora.call("GET", f"{API}/users/me", x_api_key=None)
    nora.call("GET", f"{API}/users/me", x_api_key=nora.seller["client_id"])
    nora.call("GET", f"{API}/users/me", x_api_key="a:b")
    nora.call("GET", f"{API}/users/me", Authorization=None)
    control.add_fault(f"GET {API}/users/me", "status", status=429)
    nora.get(f"{API}/users/me")
    control.add_fault(f"GET {API}/users/me", "status_after_effect", status=500)
    nora.get(f"{API}/users/me")
    control.expire_access_tokens("nora")
    nora.get(f"{API}/users/me")


def test_requests_and_answers_are_as_the_document_says(
    new_shop: NewShop, control: EtsyControl
) -> None:
    """A whole story: every route with success, and every kind of failure."""
    nora = new_shop("nora")
    nora.exchanges.clear()
    read_the_shop(nora)
    sell_and_end(nora, control, publish_and_read(nora))
    done = {
        (each["method"], each["template"])
        for each in control.requests()
        if (each["status"] or 500) < 300
    }
    fail_in_every_way(nora, control)

    for sent, reply in nora.exchanges:
        check_exchange(sent, reply)

    assert done >= {
        (route.method, route.template) for route in ROUTES if route.template.startswith(ROOT)
    }
    statuses = {reply.status for _, reply in nora.exchanges}
    assert statuses == {200, 201, 204, 400, 401, 403, 404, 409, 429, 500}


def test_a_scope_is_asked_for_where_the_document_says(nora: ShopClient) -> None:
    """Each route with a token of no scope at all: only those may pass that need none."""
    document = ETSY.as_published()
    nora.take(nora.exchange(nora.decide("allow", seller="nora")["code"]))
    for route in ROUTES:
        if not route.template.startswith(ROOT):
            continue
        security = document["paths"][route.template][route.method.lower()].get("security", [])
        needed = {scope for each in security for scope in each.get("oauth2", [])}
        path = route.template.format_map(Ones())
        refused = nora.call(route.method, path).content.find(b"insufficient_scope") >= 0
        assert refused == bool(needed - {"listings_r", "listings_w"}), route.name


class Ones(dict[str, str]):
    """Every parameter of a path is 1."""

    def __missing__(self, key: str) -> str:
        return "1"


def test_the_enumerations_are_those_of_the_document() -> None:
    document = ETSY.as_published()
    listings = document["paths"][f"{ROOT}/shops/{{shop_id}}/listings"]
    form = listings["post"]["requestBody"]["content"][FORM]
    fields = form["schema"]["properties"]
    assert fields["who_made"]["enum"] == list(enums.WHO_MADE)
    assert fields["when_made"]["enum"] == list(enums.WHEN_MADE)
    assert fields["type"]["enum"] == list(enums.LISTING_TYPES)
    assert fields["item_weight_unit"]["enum"] == list(enums.WEIGHT_UNITS)
    assert fields["item_dimensions_unit"]["enum"] == list(enums.DIMENSION_UNITS)
    [state] = [each for each in listings["get"]["parameters"] if each["name"] == "state"]
    assert state["schema"]["enum"] == list(enums.LISTING_STATES)
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    assert set(flows["authorizationCode"]["scopes"]) == set(enums.SCOPES)
