"""eBay: change what is on sale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplaces.ebay.connection import client_for
from marketplaces.ebay.handlers.base import (
    ContentHandler,
    WithdrawingHandler,
    only_read,
    sent,
    sent_again,
    uploads,
)
from marketplaces.ebay.parts import PRICE_AND_QUANTITY, Part
from marketplaces.ebay.service import NotListedError
from marketplaces.ebay.update import UpdateService
from marketplaces.models import Account, Product
from tasks.handlers import PlannedTask, Receipt, TaskRun, atomic_step, register
from tasks.models import MarketplaceJob
from tasks.sentences import sentence


@register
class UpdateHandler(ContentHandler[UpdateService], WithdrawingHandler[UpdateService]):
    """Sends what has changed and nothing else; what is sold out is taken off sale."""

    action = "update"
    service = UpdateService

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        service = UpdateService(account, product, client_for(account))
        try:
            service.require_live()
        except NotListedError as error:
            return [error.message]
        return [] if service.is_sold_out() else super().faults_of(account, product)

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        service.require_live()
        if service.is_sold_out():
            return self.plan_withdrawal()
        if parts := service.changed():
            return self._updating(service, parts)
        name = sentence("Confirm that it is live")
        return [self.plan(name, self.look, service.identity())]

    def _updating(self, service: UpdateService, parts: list[Part]) -> Iterator[PlannedTask]:
        """Item and offer carry price and stock too, so together they leave nothing to send."""
        identity = service.identity()
        yield self.plan(sentence("Validate product"), self.validate)
        yield self.plan(sentence("Map to eBay"), self.map_product, identity)
        yield self.plan(sentence("Confirm that it is live"), self.look, identity)
        if "item" in parts:
            yield from self.plan_uploads(service)
            yield self.plan(sentence("Save inventory item"), self.save_inventory_item, identity)
        if "offer" in parts:
            yield self.plan(sentence("Change the offer's terms"), self.update_offer, identity)
        if set(PRICE_AND_QUANTITY) <= set(parts) and not {"item", "offer"} <= set(parts):
            yield self.plan(sentence("Change price and stock"), self.set_price_and_stock, identity)
        yield self.plan(sentence("Save result"), self.save_result, {"parts": parts})

    @only_read
    def look(self, _task: TaskRun) -> Receipt:
        return self.get_service().look()

    @sent_again
    def update_offer(self, task: TaskRun) -> Receipt:
        return self.get_service().change_offer(sent(task))

    @sent_again
    def set_price_and_stock(self, task: TaskRun) -> Receipt:
        return self.get_service().set_price_and_stock(sent(task))

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        return self.get_service().save_result(task.payload["parts"], uploads(task))
