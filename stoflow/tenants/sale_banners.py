"""What sales leave to a person: sold twice, sold out or sold partly and still for sale, cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces.sales import attention
from marketplaces.sales.attention import OfferedTooOften, StillForSale, Why
from stoflow.tenants.banner import Banner, Link
from tasks.wording import marketplace_name


def look() -> Iterator[Banner]:
    """In order of urgency."""
    yield from _oversold()
    for each in attention.still_for_sale():
        yield _still_for_sale(each)
    for each_too_often in attention.offered_too_often():
        yield _offered_too_often(each_too_often)
    yield from _not_put_back()


def _oversold() -> Iterator[Banner]:
    count = attention.oversold()
    if count:
        yield Banner(
            "production_quantity_limits",
            urgent=True,
            title=ngettext(
                "%(number)s sale is of pieces that were not there any more.",
                "%(number)s sales are of pieces that were not there any more.",
                count,
            )
            % {"number": _number(count)},
            advice=_(
                "Find a piece for the buyer, or cancel the order at the marketplace. Then mark the "
                "sale as dealt with."
            ),
            links=(_sales("oversold"),),
        )


def _still_for_sale(each: StillForSale) -> Banner:
    named = {
        "number": _number(each.count),
        "account": each.account_name,
        "marketplace": marketplace_name(each.marketplace),
    }
    title = ngettext(
        "%(number)s product is sold out, but still for sale on %(marketplace)s (%(account)s).",
        "%(number)s products are sold out, but still for sale on %(marketplace)s (%(account)s).",
        each.count,
    )
    return Banner(
        "shopping_cart_off",
        urgent=True,
        title=title % named,
        advice=_advice(each.why) % named,
        links=_links(each),
    )


def _offered_too_often(each: OfferedTooOften) -> Banner:
    named = {
        "number": _number(each.count),
        "account": each.account_name,
        "marketplace": marketplace_name(each.marketplace),
    }
    title = ngettext(
        "Of %(number)s product, %(marketplace)s (%(account)s) may offer more than there is.",
        "Of %(number)s products, %(marketplace)s (%(account)s) may offer more than there is.",
        each.count,
    )
    query = {"account": each.account_id or "", "action": "set_quantity", "status__exact": "FAILED"}
    return Banner(
        "inventory",
        urgent=True,
        title=title % named,
        advice=_(
            "Pieces were sold elsewhere, and lowering the quantity has failed: the jobs say why, "
            "and can be retried. Until then, change the quantities at %(marketplace)s."
        )
        % named,
        links=(_jobs(_("Show the jobs"), query),),
    )


def _advice(why: Why) -> str:
    return {
        Why.PAUSED: _(
            "Work on that account is paused. Resume it, and the listings are withdrawn first; or "
            "end them at %(marketplace)s."
        ),
        Why.CONSENT: _(
            "The account has to be connected again before StoFlow can withdraw them. Until then, "
            "end them at %(marketplace)s."
        ),
        Why.OFFLINE: _(
            "The seller's side of that account is missing. They are withdrawn first when it is "
            "there again; until then, end them at %(marketplace)s."
        ),
        Why.BLOCKED: _(
            "%(marketplace)s lets nobody in at the moment. They are withdrawn first when it does."
        ),
        Why.FAILED: _("Withdrawing has failed: the jobs say why, and can be retried."),
        Why.BY_HAND: _(
            "StoFlow cannot withdraw there. End the listings at %(marketplace)s, then mark the "
            "sales as dealt with."
        ),
    }[why]


def _links(each: StillForSale) -> tuple[Link, ...]:
    if each.why == Why.BY_HAND:
        return (_sales("by-hand"),)
    query = {"account": each.account_id or "", "action": "unpublish"}
    if each.why == Why.FAILED:
        query["status__exact"] = "FAILED"
    return (_jobs(_("Show the withdrawals"), query),)


def _not_put_back() -> Iterator[Banner]:
    count = attention.not_put_back()
    if count:
        yield Banner(
            "assignment_return",
            urgent=False,
            title=ngettext(
                "%(number)s sale was cancelled, and its pieces are not back in stock.",
                "%(number)s sales were cancelled, and their pieces are not back in stock.",
                count,
            )
            % {"number": _number(count)},
            advice=_("Put them back if they can be sold again, or mark the sale as dealt with."),
            links=(_sales("cancelled"),),
        )


def _jobs(title: str, query: Mapping[str, object]) -> Link:
    jobs = reverse("admin:tasks_marketplacejob_changelist")
    return Link(title, f"{jobs}?{urlencode(query)}")


def _sales(needs: str) -> Link:
    sales = reverse("admin:marketplaces_sale_changelist")
    return Link(_("Show them"), f"{sales}?attention={needs}")


def _number(count: int) -> str:
    return f"{count}+" if count >= attention.MOST else str(count)
