"""Starting work on many products at once, after asking whether the account can do it at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db import transaction

from marketplaces.listing_jobs import ListingJobHandler
from marketplaces.models import Account, Product
from tasks import request_previews, requests, staff_actions
from tasks.dispatch import turns
from tasks.errors import AuthorizationError, PermanentError, StoFlowError
from tasks.handlers import handler_for
from tasks.models import MarketplaceJob, Priority, StaffAction, StaffActionOutcome
from tasks.older_jobs import Older
from tasks.request_previews import Asked
from tasks.requests import RequestedBatch
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.wording import batch_name


class CannotAskError(PermanentError):
    """Whether the account is ready could not be found out; nobody tries again by itself."""

    default_advice = sentence("Press again later.")


def start_batch(
    account: Account,
    action: str,
    products: Sequence[Product],
    *,
    name: str = "",
    requested_by: str = "",
    priority: int = Priority.NORMAL,
) -> RequestedBatch:
    """Queue `action` for every product as one batch, and record who asked for it.

    Without a name the batch is called by the jobs that it holds, the record by what was asked for.
    Raises a PermanentError that lists everything the account lacks, before any job exists; asks
    the marketplace, so it must not be called inside a transaction.
    """
    scope = {"account": account.pk}
    words = name or batch_name(action, len(products), account.marketplace)
    wish = Wish(action, by=requested_by, scope_words=words, scope=scope, expected=len(products))
    if products:
        require_ready(account, action)
    with transaction.atomic():
        recorded, _is_new = staff_actions.begin(wish)
        requested = _queue(recorded, account, products, name=name, priority=priority)
    turns.measure(account.pk)
    return requested


def ask(account: Account, products: Sequence[Product], wish: Wish) -> StaffAction:
    """As `start_batch` without a name; nothing is queued when the wish was sent before."""
    if products:
        require_ready(account, wish.kind)
    with transaction.atomic():
        recorded, is_new = staff_actions.begin(wish)
        if is_new:
            _queue(recorded, account, products)
    turns.measure(account.pk)
    return recorded


def _queue(
    recorded: StaffAction,
    account: Account,
    products: Sequence[Product],
    *,
    name: str = "",
    priority: int = Priority.NORMAL,
) -> RequestedBatch:
    numbers = [product.pk for product in products]
    looked = request_previews.look(account.pk, account.marketplace, recorded.kind, numbers)
    requested = requests.start_batch(
        account,
        recorded.kind,
        products,
        name=name,
        priority=priority,
        requested_by=recorded.by,
    )
    outcomes = _outcomes(account, products, looked, requested)
    besides = _of_stopped(account, requested.superseded)
    staff_actions.record(recorded, outcomes, besides=besides)
    return requested


def require_ready(account: Account, action: str) -> None:
    """Raise a PermanentError that lists what the account lacks; asks the marketplace.

    CannotAskError when it gives no answer; AuthorizationError when it wants the seller's consent.
    """
    handler = handler_for(account.marketplace, action)
    if not issubclass(handler, ListingJobHandler):
        return
    try:
        handler.require_ready(account)
    except (PermanentError, AuthorizationError):
        raise
    except StoFlowError as error:
        # No job is queued yet that could try again, whatever the error's own advice says.
        raise CannotAskError(error.message, evidence=error.evidence) from error


def faults_of(account: Account, action: str, product: Product) -> list[str]:
    """What would make a job for this product fail at once; reads our own tables only."""
    handler = handler_for(account.marketplace, action)
    return handler.faults_of(account, product) if issubclass(handler, ListingJobHandler) else []


def _outcomes(
    account: Account,
    products: Sequence[Product],
    looked: Sequence[Asked],
    requested: RequestedBatch,
) -> Iterator[StaffActionOutcome]:
    titles = {product.pk: product.title for product in products}
    jobs = MarketplaceJob.objects.filter(batch_id=requested.batch.pk)
    new = dict(jobs.values_list("product_id", "pk"))
    stopped: dict[int, list[str]] = defaultdict(list)
    for older in requested.superseded:
        stopped[older.product_id].append(str(older))
    for asked in looked:
        job_id = new.get(asked.product_id)
        sentences = [_said(asked, is_new=job_id is not None), *stopped[asked.product_id]]
        yield StaffActionOutcome(
            job_id=job_id or asked.waiting_job,
            batch_id=requested.batch.pk if job_id else None,
            account_id=account.pk,
            product_id=asked.product_id,
            subject=titles[asked.product_id][:600],
            done=job_id is not None,
            sentence=" ".join(sentences),
        )


def _of_stopped(account: Account, stopped: Sequence[Older]) -> Iterator[StaffActionOutcome]:
    """Found from the job that was stopped; the product's own line says it too."""
    for older in stopped:
        yield StaffActionOutcome(
            job_id=older.job_id,
            account_id=account.pk,
            subject=older.subject[:600],
            done=True,
            sentence=str(older),
        )


def _said(asked: Asked, *, is_new: bool) -> str:
    if is_new:
        return sentence("It is queued.")
    return str(asked) if asked.waiting_job else sentence("The same is waiting already.")
