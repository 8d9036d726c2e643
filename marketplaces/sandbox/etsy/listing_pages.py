"""Reads of listings: one, a batch by id, and a shop's by state, page by page."""

from collections.abc import Callable, Sequence
from typing import Any

from marketplaces.sandbox.etsy import associations, listings, shops
from marketplaces.sandbox.etsy.enums import LISTING_STATES
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import LISTINGS
from marketplaces.sandbox.etsy.parameters import choice, ids, number, words
from marketplaces.sandbox.etsy.settings import settings_of
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

BATCH = 100
PAGE = 100


def read(state: State, call: Call) -> Answer:
    wanted = words(call, "includes", associations.OF_ONE)
    listing = listings.seen(state, call)
    return Answer(status=200, body=associations.shown(state, call, listing, wanted))


def read_batch(state: State, call: Call) -> Answer:
    """Those that are there; who is missing has to be found out by comparing."""
    wanted = words(call, "includes", associations.OF_ONE)
    found = [listings.look(state, each) for each in ids(call, "listing_ids", most=BATCH)]
    shown = [
        associations.shown(state, call, each, wanted)
        for each in found
        if each is not None and (each["state"] == "active" or each["seller"] == call.seller)
    ]
    return Answer(status=200, body={"count": len(shown), "results": shown})


def inventories(state: State, call: Call) -> Answer:
    """The document: one unknown id, and the whole request is a 404."""
    shown = []
    for each in ids(call, "listing_ids", most=BATCH):
        listing = listings.look(state, each)
        if listing is None:
            raise refusal(404, f"Listing {each} not found")
        shown.append(associations.shown(state, call, listing, ["Inventory"]))
    return Answer(status=200, body={"count": len(shown), "results": shown})


def of_shop(state: State, call: Call) -> Answer:
    """Of one state, the newest first. `sort_on` works with a search only, so it is passed over."""
    seller = shops.owned(state, call)
    wanted_state = choice(call, "state", LISTING_STATES, default="active")
    wanted = words(call, "includes", associations.OF_SHOP)

    def show(listing: Json) -> Json:
        return associations.shown(state, call, listing, wanted)

    return _page(state, call, _in_state(state, seller, wanted_state), show)


def active_of_shop(state: State, call: Call) -> Answer:
    """What everybody may see, and nothing beside it."""
    found = _in_state(state, shops.named(state, call), "active")
    return _page(state, call, found, lambda listing: listings.shown(state, listing))


def _in_state(state: State, seller: Json, wanted: str) -> list[Json]:
    seen = state.documents.all_of(LISTINGS, seller["username"], as_of=state.seen_from_outside())
    found = [each for each in seen if each["state"] == wanted]
    return sorted(found, key=lambda each: (each["renewed"], each["listing_id"]), reverse=True)


def _page(state: State, call: Call, found: Sequence[Json], show: Callable[[Json], Json]) -> Answer:
    limit = number(call, "limit", default=25, least=1, most=PAGE)
    offset = number(call, "offset", default=0, least=0)
    first = _shifted(state, offset)
    shown = [show(each) for each in found[first : first + limit]]
    return Answer(status=200, body={"count": len(found), "results": shown})


def _shifted(state: State, offset: int) -> int:
    """Where a page really begins: pages of a shop that changes meanwhile overlap, or leave gaps."""
    settings = settings_of(state)
    if not offset:
        return 0
    return max(0, offset - settings.page_repeats + settings.page_skips)
