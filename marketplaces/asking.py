"""What staff may ask for products, and what asking for it would do; reads our own tables only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplaces import batches
from marketplaces.models import Account, Product
from tasks import handlers, request_previews

MOST = 10_000
"""Products that one batch takes."""
NAMED = 200
CHECKED = 20
"""Products whose faults are looked for: their photos are opened for it."""

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
    "unpublish": _("The listings end. Publishing the products lists them anew."),
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
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """What asking would do."""

    counted: int
    is_cut_off: bool
    new: int
    follow_ups: int
    waiting: int
    superseded: int
    """Jobs that wait and would be cancelled."""
    checked: int
    """Products among the first ones that were looked at for faults."""
    faulty: list[Line]
    lines: list[Line]


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
    titles = dict(products.order_by("pk").values_list("pk", "title")[: MOST + 1])
    chosen = sorted(titles)[:MOST]
    looked = request_previews.look(account.pk, account.marketplace, action, chosen)
    kinds = Counter(asked.kind for asked in looked)
    faults = _faults(account, action, chosen[:CHECKED])
    lines = [
        Line(
            asked.product_id,
            titles[asked.product_id],
            str(asked),
            [str(older) for older in asked.supersedes],
            faults.get(asked.product_id, []),
        )
        for asked in looked[:NAMED]
    ]
    return Preview(
        counted=len(chosen),
        is_cut_off=len(titles) > MOST,
        new=kinds["new"],
        follow_ups=kinds["follow-up"],
        waiting=kinds["waiting"],
        superseded=sum(len(asked.supersedes) for asked in looked),
        checked=min(len(chosen), CHECKED),
        faulty=[line for line in lines if line.faults],
        lines=lines,
    )


def _faults(account: Account, action: str, numbers: list[int]) -> dict[int, list[str]]:
    products = Product.objects.filter(pk__in=numbers).prefetch_related("images")
    return {product.pk: batches.faults_of(account, action, product) for product in products}
