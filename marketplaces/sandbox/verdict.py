"""What a test needs to say "50 products, 50 listings, each photo attached once, 0 duplicates"."""

from collections import Counter
from collections.abc import Iterable

from marketplaces.sandbox.marketplace import Marketplace
from marketplaces.sandbox.reports import EffectsReport, ListingReport, Summary
from marketplaces.sandbox.state import State


def effects_report(state: State, marketplace: Marketplace) -> EffectsReport:
    shelf = marketplace.shelf(state)
    return EffectsReport(
        summary=_summary(shelf.listings, fees=shelf.fees),
        listings=shelf.listings,
        offers=shelf.offers,
        images=shelf.images,
        effects=state.effects.by_route(),
        effects_by_subject=state.effects.by_subject(),
        violations=[*state.effects.violations(), *shelf.violations, *_doubles(shelf.listings)],
    )


def _summary(listings: list[ListingReport], *, fees: int) -> Summary:
    active = [each for each in listings if each["status"] == "ACTIVE"]
    drafts = [each for each in listings if each["status"] == "DRAFT"]
    return Summary(
        active_listings=len(active),
        ended_listings=len(listings) - len(active) - len(drafts),
        draft_listings=len(drafts),
        fees=fees,
        skus_with_several_active_listings=_crowded(active),
        skus_with_several_listings=_crowded(active + drafts),
        titles_with_several_listings=_homonyms(active + drafts),
        photos_attached=sum(len(each["photos"]) for each in active),
        photos_attached_twice=sum(_repeated(each) for each in active),
    )


def _doubles(listings: Iterable[ListingReport]) -> list[str]:
    active = [each for each in listings if each["status"] == "ACTIVE"]
    crowded = [f"several active listings of SKU {sku}" for sku in _crowded(active)]
    repeated = [
        f"a photo is twice on listing {each['listing_id']}" for each in active if _repeated(each)
    ]
    return crowded + repeated


def _crowded(active: Iterable[ListingReport]) -> list[str]:
    """SKUs that a seller has live more than once, as `seller/sku`."""
    counts = Counter(f"{each['seller']}/{each['sku']}" for each in active if each["sku"])
    return sorted(name for name, count in counts.items() if count > 1)


def _homonyms(listings: list[ListingReport]) -> list[str]:
    """`seller/title` of which there are several, at least one of them without a SKU to tell it."""
    counts = Counter(f"{each['seller']}/{each['title']}" for each in listings)
    nameless = {f"{each['seller']}/{each['title']}" for each in listings if not each["sku"]}
    return sorted(name for name, count in counts.items() if count > 1 and name in nameless)


def _repeated(listing: ListingReport) -> int:
    checksums = [photo["checksum"] for photo in listing["photos"]]
    return len(checksums) - len(set(checksums))
