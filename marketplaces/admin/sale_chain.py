"""The chain from an order to what it did: lines, pieces taken from stock, jobs at other listings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces.models import OrderLine, Sale, SaleFollowUp
from marketplaces.sales.attention import waiting_lanes
from marketplaces.sales.follow_ups import SET_QUANTITY, WITHDRAW
from marketplaces.sales.orders import predates
from marketplaces.sales.staff import needs_settling, returnable
from marketplaces.sales.unclaimed import counted_while_unknown
from tasks.admin.looks import COLOURS, lane_situation, situation, standstill_of
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.standstill import Standstill
from tasks.states import JobStatus
from tasks.wording import action_word, marketplace_name, status_name

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Why:
    """Why jobs may stand still."""

    stopped: Mapping[int, Lane]
    """By account."""
    standstill: Standstill | None
    """Why nobody's work is begun."""


def lines_of(order_id: int, *, may_act: bool) -> list[Row]:
    """Every line of an order with its sales, as the template wants them."""
    sales = _whole(Sale.objects.all())
    lines = OrderLine.objects.filter(order_id=order_id).select_related("order", "product")
    found = list(lines.prefetch_related(Prefetch("sales", sales)).order_by("pk"))
    perhaps = _perhaps_of(found)
    shown = {line.pk: perhaps.get(line.pk) or list(line.sales.all()) for line in found}
    rows = sales_rows([sale for of_line in shown.values() for sale in of_line], may_act=may_act)
    return [
        {
            "line": line,
            "product": _product(line.product_id),
            "sales": [rows[sale.pk] for sale in shown[line.pk]],
            "note": _note_of_counted(perhaps[line.pk]) if line.pk in perhaps else _note(line),
        }
        for line in found
    ]


def sales_rows(sales: Sequence[Sale], *, may_act: bool) -> dict[int, Row]:
    """Sales with their follow-ups, by id; a constant number of queries for those of one page."""
    prefetch_related_objects(sales, "follow_ups")
    followed = [one.job_id for sale in sales for one in sale.follow_ups.all()]
    numbers = [number for number in followed if number is not None]
    jobs = MarketplaceJob.objects.defer("payload", "result").in_bulk(numbers)
    why = _Why(waiting_lanes(job.account_id for job in jobs.values()), standstill_of(jobs.values()))
    return {
        sale.pk: {
            "sale": sale,
            "page": reverse("admin:marketplaces_sale_change", args=[sale.pk]),
            "stock": stock_words(sale),
            "follow_ups": [_follow_up(one, jobs, why) for one in sale.follow_ups.all()],
            "oversold": _oversold(sale),
            "returned": _returned(sale),
            "acts": _acts(sale) if may_act else [],
        }
        for sale in sales
    }


def stock_words(sale: Sale) -> str:
    """What the sale did to stock, e.g. “3 → 2”."""
    if sale.stock_before is None:
        return _("not known")
    return f"{sale.stock_before} → {sale.stock_after}"


_SECRETS = (
    "account__refresh_token",
    "account__access_token",
    "account__settings",
    "product__description",
)


def _product(product_id: int | None) -> str:
    return reverse("admin:marketplaces_product_change", args=[product_id]) if product_id else ""


def _whole(sales: QuerySet[Sale]) -> QuerySet[Sale]:
    return sales.select_related("product", "account").defer(*_SECRETS).order_by("pk")


def _perhaps_of(lines: Sequence[OrderLine]) -> dict[int, list[Sale]]:
    """Of an order's cancelled lines: sales without an order that may be theirs, by the line's id."""
    bare = [line for line in lines if line.product and _is_cancelled(line) and not line.sales.all()]
    if not bare:
        return {}
    named = {line.listing_external_id for line in bare} - {""}
    counted = counted_while_unknown(bare[0].order).filter(listing_external_id__in=named)
    of_listing: defaultdict[str, list[Sale]] = defaultdict(list)
    for sale in _whole(counted):
        of_listing[sale.listing_external_id].append(sale)
    found = {line.pk: of_listing[line.listing_external_id] for line in bare}
    return {number: sales for number, sales in found.items() if sales}


def _is_cancelled(line: OrderLine) -> bool:
    return line.order.cancelled_at is not None or not line.quantity


def _note_of_counted(sales: Sequence[Sale]) -> str:
    return _(
        "This was cancelled before StoFlow saw it. %(marketplace)s has counted pieces of this "
        "listing as sold, for which no other order is known: they may be these."
    ) % {"marketplace": marketplace_name(sales[0].account.marketplace)}


def _note(line: OrderLine) -> str:
    """Why a line took nothing from stock; "" when it did."""
    if line.product is None:
        if line.product_name:
            return _("The product was deleted.")
        return _(
            "StoFlow knows no product of this listing or SKU, so no stock was changed. Import the "
            "product, or look at the other marketplaces yourself."
        )
    if line.sales.all():
        return ""
    if predates(line.order, line.product):
        return _(
            "This was bought before the product came into the catalogue, so its stock is right."
        )
    if _is_cancelled(line):
        return _("This was cancelled before StoFlow saw it, so the stock was not changed.")
    return ""


def _oversold(sale: Sale) -> str:
    if not sale.oversold or sale.settled_at is not None:
        return ""
    return ngettext(
        "Oversold: %(count)d piece was sold that was not there any more. Find one for the buyer, "
        "or cancel the order at %(marketplace)s; then mark it as dealt with.",
        "Oversold: %(count)d pieces were sold that were not there any more. Find some for the "
        "buyer, or cancel the order at %(marketplace)s; then mark it as dealt with.",
        sale.oversold,
    ) % {"count": sale.oversold, "marketplace": marketplace_name(sale.account.marketplace)}


def _returned(sale: Sale) -> str:
    said = []
    if sale.returned:
        said.append(
            ngettext(
                "%(count)d piece was put back in stock.",
                "%(count)d pieces were put back in stock.",
                sale.returned,
            )
            % {"count": sale.returned}
        )
    if sale.settled_at is None and returnable(sale):
        said.append(_why_returnable(sale))
    return " ".join(said)


def _why_returnable(sale: Sale) -> str:
    if sale.order_line is None:
        return _(
            "%(marketplace)s has counted this as sold, but no order has come for it. Perhaps it "
            "was cancelled at once, and nothing is put back by itself: put it back in stock if it "
            "is still there, or mark it as dealt with if it is sold."
        ) % {"marketplace": marketplace_name(sale.account.marketplace)}
    return _(
        "It was cancelled, and nothing is put back or put up again by itself: put it back in stock "
        "if it can be sold."
    )


def _acts(sale: Sale) -> list[tuple[str, str]]:
    page = reverse("admin:marketplaces_sale_act", args=[sale.pk])
    acts = []
    if returnable(sale):
        acts.append((_("Put back in stock…"), f"{page}?do=put_back"))
    if needs_settling(sale):
        acts.append((_("Mark as dealt with…"), f"{page}?do=settle_sale"))
    return acts


def _follow_up(one: SaleFollowUp, jobs: Mapping[int, MarketplaceJob], why: _Why) -> Row:
    job = jobs.get(one.job_id or 0)
    where = {"account": one.account_name, "marketplace": marketplace_name(one.marketplace)}
    row: Row = {
        "what": action_word(one.action),
        "where": _("%(marketplace)s, %(account)s") % where,
        "page": reverse("admin:tasks_marketplacejob_change", args=[job.pk]) if job else "",
        "status": status_name(job.status) if job else "",
        "colour": COLOURS[job.status] if job else "default",
        "situation": _situation(one, job, why),
    }
    return row


def _situation(one: SaleFollowUp, job: MarketplaceJob | None, why: _Why) -> str:
    if one.job_id is None:
        return _by_hand(one)
    if job is None:
        return _("The job was cleaned up.")
    if job.status == JobStatus.COMPLETED:
        return ""
    lane = why.stopped.get(job.account_id or 0) if job.completed_at is None else None
    if lane is not None:
        work = lane_situation(lane)
        said = _("work on the account %(situation)s") % {"situation": work[:1].lower() + work[1:]}
    else:
        said = situation(job, standstill=why.standstill)
    is_stuck = job.status == JobStatus.FAILED or lane is not None
    if one.action == WITHDRAW and is_stuck:
        return _("It may still be for sale there: %(why)s") % {"why": said}
    if one.action == SET_QUANTITY and is_stuck:
        return _("More may be offered there than there is: %(why)s") % {"why": said}
    return capfirst(said)


def _by_hand(one: SaleFollowUp) -> str:
    if one.settled_at is not None:
        return _("Done by hand.")
    if one.action == WITHDRAW:
        return _("StoFlow cannot withdraw there: it is still for sale. End the listing there.")
    return _("StoFlow cannot tell this marketplace. Change the quantity there.")
