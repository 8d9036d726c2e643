"""What staff do about sales: put pieces back in stock, or say that they have dealt with it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from marketplaces.models import Product, Sale, SaleFollowUp
from marketplaces.sales import stock
from marketplaces.sales.unclaimed import is_unclaimed
from tasks import staff_actions
from tasks.models import StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish

PUT_BACK, SETTLE = "put_back", "settle_sale"


def returnable(sale: Sale) -> int:
    """Pieces that this sale took from stock and that its order no longer wants, or none has told of."""
    if sale.product_id is None or sale.stock_before is None:
        return 0
    taken = sale.quantity - sale.oversold - sale.returned
    line = sale.order_line
    if line is None:
        return taken if is_unclaimed(sale) else 0
    wanted = 0 if line.order.cancelled_at else line.quantity
    counted = sum(each.quantity - each.returned for each in line.sales.all())
    return max(0, min(taken, counted - wanted))


def needs_settling(sale: Sale) -> bool:
    """Whether the sale asks for a person: `sales.attention` counts it."""
    if sale.settled_at is None and (sale.oversold or returnable(sale)):
        return True
    by_hand = (one for one in sale.follow_ups.all() if one.job_id is None)
    return any(one.settled_at is None for one in by_hand)


def put_back(wish: Wish, sale: Sale, pieces: int) -> StaffAction:
    """Raise the stock by pieces that came back; lists nothing again. Recorded, once for a wish."""
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            staff_actions.record(action, [_put_back(sale, pieces)])
    return action


def settle(wish: Wish, sale: Sale) -> StaffAction:
    """A person has dealt with all that the sale needed. Recorded, once for a wish."""
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            now = timezone.now()
            changed = Sale.objects.filter(pk=sale.pk, settled_at=None).update(settled_at=now)
            changed += SaleFollowUp.objects.filter(
                sale=sale, job_id__isnull=True, settled_at=None
            ).update(settled_at=now)
            said = (
                sentence("It is marked as dealt with.")
                if changed
                else sentence("It was marked as dealt with already.")
            )
            staff_actions.record(action, [_about(sale, said, done=bool(changed))])
    return action


def _put_back(sale: Sale, pieces: int) -> StaffActionOutcome:
    held = stock.hold([sale.product_id or 0]).get(sale.product_id or 0)
    # Under the product's lock, so that nobody else changes the sale meanwhile.
    sale = Sale.objects.select_related("order_line__order", "account").get(pk=sale.pk)
    most = returnable(sale)
    if held is None or held.stock is None or not 0 < pieces <= most:
        said = sentence("At most {count} can be put back: nothing was done.", count=most)
        return _about(sale, said, done=False)
    before, after = held.stock, held.stock + pieces
    Product.objects.filter(pk=held.pk).update(stock=after, updated_at=timezone.now())
    Sale.objects.filter(pk=sale.pk).update(returned=F("returned") + pieces)
    said = sentence(
        "{count} put back: stock {before} → {after}.", count=pieces, before=before, after=after
    )
    return _about(sale, said, done=True)


def _about(sale: Sale, said: str, *, done: bool) -> StaffActionOutcome:
    return StaffActionOutcome(
        account_id=sale.account_id,
        product_id=sale.product_id,
        subject=sale.product_name,
        done=done,
        sentence=said,
    )
