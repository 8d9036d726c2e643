"""eBay: take a product off sale."""

from __future__ import annotations

from collections.abc import Iterable

from marketplaces.ebay.handlers.base import WithdrawingHandler
from marketplaces.ebay.withdraw import WithdrawService
from tasks.handlers import PlannedTask, register
from tasks.models import MarketplaceJob


@register
class UnpublishHandler(WithdrawingHandler[WithdrawService]):
    """The listing ends; the offer stays at eBay, and publishing lists it anew."""

    action = "unpublish"
    supersedes = frozenset({"publish", "update", "set_quantity", "unpublish"})
    stops_older = True
    never_expires = True
    service = WithdrawService

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        self.get_service().require_record()
        return self.plan_withdrawal()
