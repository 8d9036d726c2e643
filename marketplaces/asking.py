"""What staff may ask for products, and what asking for it would do; reads our own tables only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplaces.models import Account, Product
from marketplaces.sync import schedule
from tasks import handlers, replans, request_previews
from tasks.models import StaffAction
from tasks.replans import Replan
from tasks.request_previews import Asked
from tasks.workloads import Workload, spread

LABELS: Mapping[str, Promise] = {
    "publish": _("Publish…"),
    "update": _("Update the listings…"),
    "unpublish": _("Withdraw…"),
    "activate": _("Show again…"),
    "archive": _("Archive the listings…"),
    "delete": _("Delete the listings…"),
}
"""Actions on single products, in the order in which they are offered."""

CONSEQUENCES: Mapping[str, Promise] = {
    "update": _("Only what has changed is sent. What is out of stock is taken off sale."),
    "unpublish": _("The listings go off sale. Publishing the products puts them on sale again."),
    "archive": _("What is over is removed there for good. The records here stay."),
    "delete": _(
        "The listings end for good, and their records here are removed. The products stay in the "
        "catalogue, and so does the history of their jobs."
    ),
}
"""What a person should know of an action before asking for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What would become of one product."""

    product_id: int
    title: str
    sentence: str
    supersedes: list[str] = field(default_factory=list)
    fault: str = ""
    """Why its job would fail at once, as far as it was looked at."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What asking would do."""

    counted: int
    is_cut_off: bool
    new: int
    follow_ups: int
    waiting: int
    superseded: int
    """Older jobs that would be stopped."""
    faulty: list[Line]
    """Those of the sample whose jobs would fail at once."""
    lines: list[Line]
    workload: Workload
    """Of the new jobs, as far as a sample of them tells."""
    is_unsynced: bool = False
    """What the seller sells there already is not known yet, so products may be listed twice."""
    asked_before: StaffAction | None = None
    """The same for as many products, a short while ago."""


def offered() -> list[str]:
    """Actions that some account of this seller can do."""
    marketplaces = set(Account.objects.values_list("marketplace", flat=True).distinct())
    able = {action for marketplace, action in handlers.registered() if marketplace in marketplaces}
    return [action for action in LABELS if action in able]


def accounts_for(action: str) -> list[Account]:
    """The seller's accounts that can do it, without their tokens."""
    able = [marketplace for marketplace, known in handlers.registered() if known == action]
    accounts = Account.objects.filter(marketplace__in=able).order_by("pk")
    return list(accounts.defer("refresh_token", "access_token"))


def preview(account: Account, action: str, products: QuerySet[Product]) -> Preview:
    """What `batches.ask` would do now for these products, in order of their ids."""
    most = settings.STAFF["previewed"]
    titles = dict(products.order_by("pk").values_list("pk", "title")[: most + 1])
    chosen = sorted(titles)[:most]
    looked = request_previews.look(account.pk, account.marketplace, action, chosen)
    kinds = Counter(asked.kind for asked in looked)
    new = [asked for asked in looked if asked.kind != "waiting"]
    sample = _sample(account, action, new)
    lines = [_line(asked, titles, sample) for asked in looked]
    return Preview(
        counted=len(chosen),
        is_cut_off=len(titles) > most,
        new=kinds["new"],
        follow_ups=kinds["follow-up"],
        waiting=kinds["waiting"],
        superseded=sum(len(asked.supersedes) for asked in looked),
        faulty=[line for line in lines if line.fault],
        lines=lines[: settings.STAFF["named"]],
        workload=replans.workload(list(sample.values())).extended_to(len(new)),
        is_unsynced=action == "publish" and schedule.awaits_first_sync(account),
        asked_before=_asked_before(account, action, len(chosen)),
    )


def _asked_before(account: Account, action: str, number: int) -> StaffAction | None:
    """What somebody who went back, or has a second tab open, may have forgotten."""
    since = timezone.now() - timedelta(minutes=settings.STAFF["same_again_minutes"])
    same = StaffAction.objects.filter(kind=action, at__gte=since, scope__account=account.pk)
    return same.filter(expected_count=number).order_by("-pk").first()


def _sample(account: Account, action: str, asked: Sequence[Asked]) -> dict[int, Replan]:
    """How the new jobs of some products would run: their photos are opened for it."""
    some = [one.product_id for one in spread(asked, settings.STAFF["sampled"])]
    found = Product.objects.in_bulk(some)
    products = [found[pk] for pk in some if pk in found]
    seconds = settings.STAFF["planning_ms"] / 1000
    plans = request_previews.plan(account, action, products, seconds=seconds)
    return {product.pk: plan for product, plan in zip(products, plans, strict=False)}


def _line(asked: Asked, titles: Mapping[int, str], sample: Mapping[int, Replan]) -> Line:
    plan = sample.get(asked.product_id)
    return Line(
        asked.product_id,
        titles[asked.product_id],
        str(asked),
        [str(older) for older in asked.supersedes],
        plan.fault if plan else "",
    )
