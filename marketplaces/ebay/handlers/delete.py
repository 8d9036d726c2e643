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
    """Nothing of the product is left at eBay, and then no record of it here."""

    action = "delete"
    supersedes = frozenset({"publish", "update", "set_quantity", "unpublish", "delete"})
    stops_older = True
    never_expires = True
    service = DeleteService

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        self.get_service().require_record()
        return self._deleting()

    def _deleting(self) -> Iterator[PlannedTask]:
        yield self.plan(sentence("Delete the offer and its listing"), self.delete_offer)
        yield self.plan(sentence("Delete the inventory item"), self.delete_item)
        yield self.plan(sentence("Remove the record"), self.remove_record)

    @calls(2, 2)
    @sent_again
    def delete_offer(self, _task: TaskRun) -> Receipt:
        return self.get_service().delete_offer()

    @sent_again
    def delete_item(self, _task: TaskRun) -> Receipt:
        return self.get_service().delete_item()

    @atomic_step
    def remove_record(self, _task: TaskRun) -> Receipt:
        return self.get_service().remove_record()
