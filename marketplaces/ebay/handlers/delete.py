"""eBay: remove a product for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplaces.ebay.delete import DeleteService
from marketplaces.ebay.handlers.base import EbayHandler, sent_again
from tasks.handlers import PlannedTask, Receipt, TaskRun, atomic_step, calls, register
from tasks.models import MarketplaceJob
from tasks.sentences import sentence


@register
class DeleteHandler(EbayHandler[DeleteService]):
    """Nothing of the product is left at eBay, and then no record of it here.

    Only an item that the seller has made and offers elsewhere stays, with those offers.
    """

    action = "delete"
    supersedes = frozenset({"publish", "update", "set_quantity", "unpublish", "delete"})
    stops_older = True
    never_expires = True
    service = DeleteService

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        service.require_record()
        return self._deleting(service)

    def _deleting(self, service: DeleteService) -> Iterator[PlannedTask]:
        item = sentence("Delete the inventory item")
        if service.is_sellers_item():
            item = sentence("Delete the inventory item, unless it is offered elsewhere at eBay")
        yield self.plan(sentence("Delete the offer and its listing"), self.delete_offer)
        yield self.plan(item, self.delete_item)
        yield self.plan(sentence("Remove the record"), self.remove_record)

    @calls(2, 2)
    @sent_again
    def delete_offer(self, _task: TaskRun) -> Receipt:
        return self.get_service().delete_offer()

    @sent_again
    def delete_item(self, task: TaskRun) -> Receipt:
        return self.get_service().delete_item(task.receipt("delete_offer")["offer_id"])

    @atomic_step
    def remove_record(self, task: TaskRun) -> Receipt:
        return self.get_service().remove_record(task.receipt("delete_item"))
