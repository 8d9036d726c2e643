"""What a sale asks for at the product's other listings.

At no stock they are withdrawn before anything else is done; while some is left, they are told how
many, and nothing else (docs/adr/0037). So is the listing that sold, where it may offer more than
there is. A withdrawal is asked for wherever the product is live or may become so: a publication that
waits is superseded, one that runs is followed by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import Q, QuerySet

from marketplaces import told
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale, SaleFollowUp
from marketplaces.sales.ledger import CLOCKS_DIFFER, pieces_of
from marketplaces.sales.single_pieces import are_single_pieces
from tasks import handlers, requests
from tasks.models import MarketplaceJob, Priority
from tasks.sentences import sentence
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import marketplace_name

WITHDRAW, SET_QUANTITY = "unpublish", "set_quantity"
PUTS_UP = ("publish", "activate")
TELLS = (*PUTS_UP, "update", SET_QUANTITY)
PRIORITIES = {WITHDRAW: Priority.CRITICAL, SET_QUANTITY: Priority.HIGH}


@dataclass(frozen=True, slots=True)
class _Wish:
    account_id: int
    product_id: int
    action: str


def ask(
    sales: Iterable[Sale],
    *,
    emptied: Iterable[Sale] = (),
    left_over: Mapping[Listing, Sale] = MappingProxyType({}),
) -> int:
    """Queue what follows from these new sales; how many withdrawals that were.

    The products' rows are held. `emptied`: sales, new or known, of the last piece of products of
    unknown stock. `left_over`: listings to be withdrawn because of a known sale. Jobs are asked for
    in order of account and product, so that lanes are locked in one order.
    """
    because: dict[_Wish, list[Sale]] = {}
    of_last_piece = _by_product(emptied)
    for product_id, of_product in {**of_last_piece, **_by_product(sales)}.items():
        left = 0 if product_id in of_last_piece else of_product[-1].stock_after
        for wish in _wishes(product_id, of_product, left):
            because[wish] = of_product
    for listing, sale in left_over.items():
        because.setdefault(_Wish(listing.account_id, listing.product_id, WITHDRAW), [sale])
    accounts = _accounts(wish.account_id for wish in because)
    products = Product.objects.only("title").in_bulk([wish.product_id for wish in because])
    for wish in sorted(because, key=lambda each: (each.account_id, each.product_id)):
        account, product = accounts[wish.account_id], products[wish.product_id]
        if wish.action == SET_QUANTITY and are_single_pieces(account.marketplace):
            continue
        _request(wish, account, product, because[wish])
    return sum(wish.action == WITHDRAW for wish in because)


def is_withdrawal_asked(sale: Sale, listing: Listing) -> bool:
    """Whether the sale has asked for it, and that has not failed."""
    asked = sale.follow_ups.filter(account=listing.account_id, action=WITHDRAW)
    newest = asked.order_by("pk").last()
    if newest is None or newest.job_id is None:
        return newest is not None
    failed = MarketplaceJob.objects.filter(pk=newest.job_id, status=JobStatus.FAILED.value)
    return not failed.exists()


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
    wrong = {
        listing.account_id
        for listing in listings
        if (listing.account_id, listing.external_id) not in sold
        or _may_show_more(listing, than=left)
    }
    coming = _going_live(product_id) if left else _may_go_live(product_id)
    for account_id in wrong | (coming - {sale.account_id for sale in sales}):
        yield _Wish(account_id, product_id, SET_QUANTITY if left else WITHDRAW)


def _may_show_more(listing: Listing, *, than: int) -> bool:
    """Whether a listing that sold may offer more pieces than there are.

    Its marketplace has counted the sale itself, unless we told it a number after the sale and
    before we knew of it, or are telling it one now.
    """
    if _is_being_told(listing):
        return True
    last = told.last(listing)
    if last is None:
        return False
    if last.quantity is None:
        return True
    since = last.at + CLOCKS_DIFFER if last.at else None
    sold_since = pieces_of(listing.account_id, listing.external_id, since=since)
    return last.quantity - sold_since > than


def _is_being_told(listing: Listing) -> bool:
    """Whether a job has begun that may have read the stock already."""
    jobs = MarketplaceJob.objects.filter(account=listing.account_id, product=listing.product_id)
    return jobs.filter(action__in=TELLS, status=JobStatus.RUNNING.value).exists()


def _going_live(product_id: int) -> set[int]:
    """Accounts where the product is being put up by a job that may have read the stock already."""
    return _accounts_of(_putting_up(product_id).filter(status=JobStatus.RUNNING.value))


def _may_go_live(product_id: int) -> set[int]:
    """Accounts where the product is to be put up, or where nobody knows whether it was."""
    unknown = Q(status=JobStatus.FAILED.value, needs_person=True)
    unfinished = Q(status__in=in_order(UNFINISHED_JOB))
    return _accounts_of(_putting_up(product_id).filter(unfinished | unknown))


def _putting_up(product_id: int) -> QuerySet[MarketplaceJob]:
    return MarketplaceJob.objects.filter(product_id=product_id, action__in=PUTS_UP)


def _accounts_of(jobs: QuerySet[MarketplaceJob]) -> set[int]:
    known = jobs.filter(account__isnull=False).order_by()
    return set(known.values_list("account_id", flat=True).distinct())


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
