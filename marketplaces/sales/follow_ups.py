"""What a sale asks for at the product's other listings.

At no stock they are withdrawn before anything else is done; while some is left, they are told how
much. A withdrawal is asked for wherever the product is live or may become so: a publication that
waits is superseded, one that runs is followed by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q

from marketplaces.models import Account, Listing, ListingStatus, Product, Sale, SaleFollowUp
from tasks import handlers, requests
from tasks.models import MarketplaceJob, Priority
from tasks.sentences import sentence
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import marketplace_name

WITHDRAW, UPDATE = "unpublish", "update"
PUTS_UP = ("publish", "activate")
PRIORITIES = {WITHDRAW: Priority.CRITICAL, UPDATE: Priority.HIGH}


@dataclass(frozen=True, slots=True)
class _Wish:
    account_id: int
    product_id: int
    action: str


def ask(sales: Iterable[Sale], *, emptied: Iterable[Sale] = ()) -> int:
    """Queue what follows from these new sales; how many withdrawals that were.

    The products' rows are held. `emptied`: sales, new or known, of the last piece of products of
    unknown stock. Jobs are asked for in order of account and product, so that lanes are locked in one order.
    """
    because: dict[_Wish, list[Sale]] = {}
    of_last_piece = _by_product(emptied)
    for product_id, of_product in {**of_last_piece, **_by_product(sales)}.items():
        left = 0 if product_id in of_last_piece else of_product[-1].stock_after
        for wish in _wishes(product_id, of_product, left):
            because[wish] = of_product
    accounts = _accounts(wish.account_id for wish in because)
    products = Product.objects.only("title").in_bulk([wish.product_id for wish in because])
    for wish in sorted(because, key=lambda each: (each.account_id, each.product_id)):
        account, product = accounts[wish.account_id], products[wish.product_id]
        _request(wish, account, product, because[wish])
    return sum(wish.action == WITHDRAW for wish in because)


def _by_product(sales: Iterable[Sale]) -> dict[int, list[Sale]]:
    grouped: defaultdict[int, list[Sale]] = defaultdict(list)
    for sale in sales:
        if sale.product_id is not None:
            grouped[sale.product_id].append(sale)
    return grouped


def _wishes(product_id: int, sales: Sequence[Sale], left: int | None) -> Iterator[_Wish]:
    if left is None:
        return
    listings = list(Listing.objects.filter(product_id=product_id, status=ListingStatus.LIVE))
    sold = {(sale.account_id, sale.listing_external_id) for sale in sales}
    others = {
        listing.account_id
        for listing in listings
        if (listing.account_id, listing.external_id) not in sold
    }
    if left:
        yield from (_Wish(account_id, product_id, UPDATE) for account_id in others)
        return
    offering = {row.account_id for row in listings if _still_offers(row, sales)}
    coming = _may_go_live(product_id) - {sale.account_id for sale in sales}
    for account_id in others | offering | coming:
        yield _Wish(account_id, product_id, WITHDRAW)


def _still_offers(listing: Listing, sales: Sequence[Sale]) -> bool:
    """Whether a listing that sold may show pieces that were sold elsewhere since it was told."""
    if listing.sent_at is None:
        return False
    elsewhere = Sale.objects.filter(product_id=listing.product_id).exclude(
        account_id=listing.account_id, listing_external_id=listing.external_id
    )
    return (
        any(sale.oversold for sale in sales)
        or elsewhere.filter(recorded_at__gt=listing.sent_at).exists()
    )


def _may_go_live(product_id: int) -> set[int]:
    """Accounts where the product is being put up, or where nobody knows whether it was."""
    unknown = Q(status=JobStatus.FAILED.value, needs_person=True)
    jobs = MarketplaceJob.objects.filter(product_id=product_id, action__in=PUTS_UP).filter(
        Q(status__in=in_order(UNFINISHED_JOB)) | unknown
    )
    known = jobs.filter(account__isnull=False)
    return set(known.order_by().values_list("account_id", flat=True).distinct())


def _accounts(account_ids: Iterable[int]) -> dict[int, Account]:
    return Account.objects.only("marketplace", "name").in_bulk(list(account_ids))


def _request(wish: _Wish, account: Account, product: Product, sales: Sequence[Sale]) -> None:
    job_id: int | None = None
    if handlers.find(account.marketplace, wish.action) is not None:
        job_id = requests.request_job(
            account,
            wish.action,
            product,
            priority=PRIORITIES[wish.action],
            requested_by=_because(sales[-1]),
            payload={"sale": sales[-1].pk},
        ).job_id
    SaleFollowUp.objects.bulk_create(
        SaleFollowUp(
            sale=sale,
            account=account,
            account_name=account.name,
            marketplace=account.marketplace,
            action=wish.action,
            job_id=job_id,
        )
        for sale in sales
    )


def _because(sale: Sale) -> str:
    """Who asked, as a sentence that is stored."""
    marketplace = marketplace_name(sale.account.marketplace)
    if sale.order_line is None:
        return sentence("a sale on {marketplace}", marketplace=marketplace)
    return sentence(
        "order {number} on {marketplace}",
        number=sale.order_line.order.external_id,
        marketplace=marketplace,
    )
