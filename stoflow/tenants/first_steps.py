"""What a seller who has nothing yet does first: connect a shop, import a catalogue, publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplaces.models import Account, Product
from tasks.models import BatchJob


@dataclass(frozen=True, slots=True)
class Step:
    """One of them, for the person who looks."""

    title: str
    text: str
    url: str
    is_done: bool
    may_do: bool
    """Otherwise somebody with another role does it."""
    is_next: bool = False


def first_steps(request: HttpRequest) -> list[Step]:
    """In their order; none once something was published, or for who may not see the pages."""
    user: Any = request.user
    if not user.has_perm("marketplaces.view_product") or BatchJob.objects.exists():
        return []
    has_account, has_products = Account.objects.exists(), Product.objects.exists()
    may_import = user.has_perm("marketplaces.add_product")
    products = reverse("admin:marketplaces_product_changelist")
    return [
        Step(
            _("Connect a shop"),
            _("The seller agrees at the marketplace that StoFlow may work for them."),
            reverse("admin:marketplaces_account_changelist"),
            is_done=has_account,
            may_do=user.has_perm("marketplaces.change_account"),
            is_next=not has_account,
        ),
        Step(
            _("Import a catalogue"),
            _("From the shop's product export; what it would do is shown first."),
            reverse("admin:marketplaces_product_import") if may_import else products,
            is_done=has_products,
            may_do=may_import,
            is_next=has_account and not has_products,
        ),
        Step(
            _("Publish products"),
            _("Choose them in the list of products; each becomes a job."),
            products,
            is_done=False,
            may_do=user.has_perm("tasks.add_batchjob"),
            is_next=has_account and has_products,
        ),
    ]
