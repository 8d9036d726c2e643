"""Whether the demo kept the promise, by what the sandbox counted and nothing else.

No job is asked: one that failed by a mistake of StoFlow's excuses no product that is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from marketplaces.keys import own_key
from marketplaces.models import Account, Product
from marketplaces.sandbox.control import PUBLISH, SandboxControl
from marketplaces.sandbox.reports import ListingReport, RequestReport
from stoflow.demo.expectations import must_be_refused
from tasks.tenancy import current_schema


@dataclass(slots=True)
class Verdict:
    """Counts from the sandbox, and every way in which they are not as they should be."""

    accepted: int = 0
    refused: int = 0
    listings: int = 0
    photos: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Verdict) -> Verdict:
        """Of two marketplaces together."""
        return Verdict(
            self.accepted + other.accepted,
            self.refused + other.refused,
            self.listings + other.listings,
            self.photos + other.photos,
            self.duplicates + other.duplicates,
            self.faults + other.faults,
        )

    @property
    def kept(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        word = "KEPT" if self.kept else "BROKEN"
        return (
            f"Promise {word}: products accepted {self.accepted}, listings {self.listings}, "
            f"photos attached {self.photos}, duplicates {self.duplicates}, "
            f"products refused {self.refused}, violations {len(self.faults)}."
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What the sandbox has counted of one seller's products, by SKU."""

    live: Mapping[str, list[ListingReport]]
    refused: frozenset[str]
    """Those whose publication a fault rule of the control port refused, and not sent since."""
    changed: frozenset[str]
    """Those that were sent with effect."""
    violations: list[str]


def counted(control: SandboxControl, seller: str, *, since: int) -> Counted:
    """The seller's live listings, and what became of the requests after the one numbered `since`."""
    report = control.effects()
    live: dict[str, list[ListingReport]] = defaultdict(list)
    for listing in report["listings"]:
        if listing["seller"] == seller and listing["status"] == "ACTIVE":
            live[listing["sku"]].append(listing)
    skus = {offer["offer_id"]: offer["sku"] for offer in report["offers"]}
    refused: set[str] = set()
    changed: set[str] = set()
    for request in control.requests(since=since):
        if _is_refusal(request):
            refused.add(skus[request["path"].split("/")[-2]])
        elif request["effect"]:
            refused.discard(request["subject"])
            changed.add(request["subject"])
    return Counted(live, frozenset(refused), frozenset(changed), report["violations"])


def last_request(control: SandboxControl) -> int:
    """The number of the newest request so far."""
    return max((request["id"] for request in control.requests()), default=0)


def _is_refusal(request: RequestReport) -> bool:
    """Whether a fault rule answered "no" to `…/offer/{offerId}/publish`."""
    is_publication = f"{request['method']} {request['template']}" == PUBLISH
    return is_publication and request["fault"] == "status" and request["status"] == 400


def judge(found: Counted, products: Iterable[Product], account: Account) -> Verdict:
    """Compare the live listings with the batch's products, photo by photo, by checksum."""
    verdict = Verdict(faults=list(found.violations))
    for product in products:
        sku = own_key(current_schema(), product.pk)
        if sku in found.refused or must_be_refused(product, account):
            _judge_refused(product, sku, found, verdict)
        else:
            _judge_accepted(product, found.live.get(sku, []), verdict)
    known = {own_key(current_schema(), pk) for pk in Product.objects.values_list("pk", flat=True)}
    for sku in sorted(found.live.keys() - known):
        verdict.faults.append(f"A listing with the SKU {sku} belongs to no product.")
    return verdict


def _judge_accepted(product: Product, found: list[ListingReport], verdict: Verdict) -> None:
    verdict.accepted += 1
    verdict.listings += len(found)
    verdict.duplicates += max(len(found) - 1, 0)
    if len(found) != 1:
        verdict.faults.append(f"“{product}” has {len(found)} listings.")
        return
    wanted = [image.checksum for image in product.images.all()]
    attached = [photo["checksum"] for photo in found[0]["photos"]]
    verdict.photos += len(attached)
    verdict.duplicates += len(attached) - len(set(attached))
    if attached != wanted:
        verdict.faults.append(
            f"“{product}” shows {len(attached)} photos, which are not its {len(wanted)}."
        )


def _judge_refused(product: Product, sku: str, found: Counted, verdict: Verdict) -> None:
    """A listing of an earlier run, when the product was still fit, may be there."""
    verdict.refused += 1
    if sku in found.live and sku in found.changed:
        verdict.faults.append(f"“{product}” was to be refused and is live all the same.")
