"""Filters over products: where each is live, and what keeps it from being sold."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.models import Listing, ListingStatus, ProductImage
from tasks.admin.filters import MarketplaceFilter, OneOf
from tasks.models import MarketplaceJob
from tasks.states import JobStatus


class LiveFilter(MarketplaceFilter):
    title = gettext_lazy("live on")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*super().lookups(request, model_admin), ("nowhere", _("Nowhere"))]

    def matching(self, value: str) -> Q:
        live = Listing.objects.filter(product=OuterRef("pk"), status=ListingStatus.LIVE)
        if value == "nowhere":
            return Q(~Exists(live))
        return Q(Exists(live.filter(account__marketplace=value)))


class NotLiveFilter(MarketplaceFilter):
    title = gettext_lazy("not live on")
    parameter_name = "not_live"

    def matching(self, value: str) -> Q:
        live = Listing.objects.filter(product=OuterRef("pk"), status=ListingStatus.LIVE)
        return Q(~Exists(live.filter(account__marketplace=value)))


class LackFilter(OneOf):
    title = gettext_lazy("what is missing")
    parameter_name = "lack"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("stock", _("No stock")),
            ("stock-unknown", _("Stock not known")),
            ("price", _("No price")),
            ("photo", _("No photo")),
        ]

    def matching(self, value: str) -> Q:
        if value == "photo":
            return Q(~Exists(ProductImage.objects.filter(product=OuterRef("pk"))))
        return {
            "stock": Q(stock=0),
            "stock-unknown": Q(stock__isnull=True),
            "price": Q(price__isnull=True),
        }[value]


class FailedFilter(OneOf):
    title = gettext_lazy("last job")
    parameter_name = "last_job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", _("Failed")), ("person", _("Needs a person"))]

    def matching(self, value: str) -> Q:
        """Failed, and nothing newer was asked for on the same account."""
        failed = MarketplaceJob.objects.filter(
            product=OuterRef("pk"), status=JobStatus.FAILED.value
        )
        if value == "person":
            failed = failed.filter(needs_person=True)
        newer = MarketplaceJob.objects.filter(
            account=OuterRef("account"), product=OuterRef("product"), pk__gt=OuterRef("pk")
        )
        return Q(Exists(failed.filter(~Exists(newer))))
