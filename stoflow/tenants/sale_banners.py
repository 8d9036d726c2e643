"""What sales leave to a person, as the banners of the front page say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces.sales import attention
from marketplaces.sales.attention import Needs, NotDone, Why
from stoflow.tenants.banner import Banner, Link
from tasks.wording import marketplace_name


def look() -> Iterator[Banner]:
    """In order of urgency."""
    if not attention.sales_are_known():
        return
    needing = attention.needing_a_person()
    yield from _oversold(needing[Needs.OVERSOLD])
    for each in attention.still_for_sale():
        yield _still_for_sale(each)
    for each_too_often in attention.offered_too_often():
        yield _offered_too_often(each_too_often)
    yield from _not_put_back(needing[Needs.CANCELLED])
    yield from _unclaimed(needing[Needs.UNCLAIMED])


def _oversold(count: int) -> Iterator[Banner]:
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
            links=(_sales(Needs.OVERSOLD),),
        )


def _still_for_sale(each: NotDone) -> Banner:
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


def _offered_too_often(each: NotDone) -> Banner:
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
    return Banner(
        "inventory",
        urgent=True,
        title=title % named,
        advice=_advice_on_quantities(each.why) % named,
        links=(_jobs(_("Show the jobs"), _query(each, "set_quantity")),),
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
        Why.WAITS: _(
            "Withdrawing waits: the jobs say for what and until when. Until then, end the listings "
            "at %(marketplace)s."
        ),
        Why.FAILED: _("Withdrawing has failed: the jobs say why, and can be retried."),
        Why.BY_HAND: _(
            "StoFlow cannot withdraw there. End the listings at %(marketplace)s, then mark the "
            "sales as dealt with."
        ),
    }[why]


def _advice_on_quantities(why: Why) -> str:
    return {
        Why.PAUSED: _(
            "Pieces were sold elsewhere, and work on that account is paused. Resume it, and the "
            "quantities are lowered; or change them at %(marketplace)s."
        ),
        Why.CONSENT: _(
            "Pieces were sold elsewhere, and the account has to be connected again before StoFlow "
            "can lower the quantities. Until then, change them at %(marketplace)s."
        ),
        Why.OFFLINE: _(
            "Pieces were sold elsewhere, and the seller's side of that account is missing. The "
            "quantities are lowered when it is there again; until then, change them at "
            "%(marketplace)s."
        ),
        Why.BLOCKED: _(
            "Pieces were sold elsewhere, and %(marketplace)s lets nobody in at the moment. The "
            "quantities are lowered when it does."
        ),
        Why.WAITS: _(
            "Pieces were sold elsewhere, and lowering the quantity waits: the jobs say for what "
            "and until when. Until then, change the quantities at %(marketplace)s."
        ),
        Why.FAILED: _(
            "Pieces were sold elsewhere, and lowering the quantity has failed: the jobs say why, "
            "and can be retried. Until then, change the quantities at %(marketplace)s."
        ),
    }[why]


def _links(each: NotDone) -> tuple[Link, ...]:
    if each.why == Why.BY_HAND:
        return (_sales("by-hand"),)
    return (_jobs(_("Show the withdrawals"), _query(each, "unpublish")),)


def _query(each: NotDone, action: str) -> dict[str, object]:
    status = {"status__exact": "FAILED"} if each.why == Why.FAILED else {}
    return {"account": each.account_id or "", "action": action, **status}


def _not_put_back(count: int) -> Iterator[Banner]:
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
            links=(_sales(Needs.CANCELLED),),
        )


def _unclaimed(count: int) -> Iterator[Banner]:
    if count:
        yield Banner(
            "contact_support",
            urgent=False,
            title=ngettext(
                "%(number)s sale was counted by its marketplace, but no order has come for it.",
                "%(number)s sales were counted by their marketplaces, but no order has come for "
                "them.",
                count,
            )
            % {"number": _number(count)},
            advice=_(
                "Perhaps the order was cancelled at once: ask the seller, or look at the "
                "marketplace. Put the pieces back in stock if they are still there; if they are "
                "sold, mark the sale as dealt with."
            ),
            links=(_sales(Needs.UNCLAIMED),),
        )


def _jobs(title: str, query: Mapping[str, object]) -> Link:
    jobs = reverse("admin:tasks_marketplacejob_changelist")
    return Link(title, f"{jobs}?{urlencode(query)}")


def _sales(needs: str) -> Link:
    sales = reverse("admin:marketplaces_sale_changelist")
    return Link(_("Show them"), f"{sales}?attention={needs}")


def _number(count: int) -> str:
    return f"{count}+" if count >= attention.MOST else str(count)
