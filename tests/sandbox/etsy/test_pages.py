"""Reads of many listings: pages by state, and batches by id."""

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import Reply, a_photo


@pytest.fixture
def drafts(nora: ShopClient) -> list[int]:
    """Seven drafts, the newest first, as Etsy shows them."""
    return [nora.draft(title=f"Scarf {number}") for number in range(7)][::-1]


def ids(reply: Reply) -> list[int]:
    return [each["listing_id"] for each in reply.body["results"]]


def all_pages(nora: ShopClient, limit: int) -> list[int]:
    pages = [nora.of_shop(state="draft", limit=limit, offset=at) for at in range(0, 7, limit)]
    assert {each.body["count"] for each in pages} == {7}
    return [each for page in pages for each in ids(page)]


def test_a_page_has_one_state_active_by_default(nora: ShopClient, drafts: list[int]) -> None:
    active = nora.on_sale(a_photo())
    assert ids(nora.of_shop()) == [active]
    assert ids(nora.of_shop(state="draft")) == drafts
    assert ids(nora.of_shop(state="expired")) == []


def test_the_offset_counts_records(nora: ShopClient, drafts: list[int]) -> None:
    assert ids(nora.of_shop(state="draft", limit=3, offset=2)) == drafts[2:5]
    assert all_pages(nora, 3) == drafts
    assert ids(nora.of_shop(state="draft", offset=7)) == []


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"offset": -1}, {"state": "x"}])
def test_a_page_beyond_the_limits_is_refused(nora: ShopClient, query: dict[str, str]) -> None:
    assert nora.of_shop(**query).status == 400


def test_pages_may_repeat_listings(
    nora: ShopClient, control: EtsyControl, drafts: list[int]
) -> None:
    control.settings(page_repeats=1)
    shown = all_pages(nora, 3)
    assert len(shown) > len(set(shown))


def test_pages_may_pass_over_listings(
    nora: ShopClient, control: EtsyControl, drafts: list[int]
) -> None:
    control.settings(page_skips=1)
    assert set(all_pages(nora, 3)) < set(drafts)


def test_inclusions_save_calls(nora: ShopClient) -> None:
    nora.on_sale(a_photo(), sku="A1")
    [plain] = nora.of_shop().body["results"]
    assert not {"images", "inventory", "shipping_profile"} & set(plain)
    [whole] = nora.of_shop(includes="Images,Inventory,Shipping").body["results"]
    assert whole["inventory"]["products"][0]["sku"] == "A1"
    assert len(whole["images"]) == 1
    assert whole["shipping_profile"]["shipping_profile_id"]
    assert nora.of_shop(includes="Everything").status == 400


def test_a_batch_has_those_that_are_there(nora: ShopClient, drafts: list[int]) -> None:
    nora.delete(drafts[0])
    wanted = ",".join(map(str, drafts[:3]))
    assert ids(nora.get(f"{API}/listings/batch", listing_ids=wanted)) == drafts[1:3]


def test_one_that_is_gone_spoils_a_batch_of_inventories(
    nora: ShopClient, drafts: list[int]
) -> None:
    path = f"{API}/listings/batch/inventory"
    nora.delete(drafts[0])
    there = nora.get(path, listing_ids=",".join(map(str, drafts[1:3])))
    assert ids(there) == drafts[1:3]
    assert there.body["results"][0]["inventory"]["products"]
    assert nora.get(path, listing_ids=",".join(map(str, drafts[:3]))).status == 404


def test_a_batch_has_its_limit(nora: ShopClient) -> None:
    too_many = ",".join(map(str, range(1, 102)))
    assert nora.get(f"{API}/listings/batch", listing_ids=too_many).status == 400
