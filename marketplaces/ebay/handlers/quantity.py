"""eBay: tell a listing how many pieces are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplaces.ebay.handlers.base import WithdrawingHandler, sent_again
from marketplaces.ebay.quantity import QuantityService
from tasks.handlers import PlannedTask, Receipt, TaskRun, atomic_step, calls, register
from tasks.models import MarketplaceJob
from tasks.sentences import sentence


@register
class SetQuantityHandler(WithdrawingHandler[QuantityService]):
    """What follows a sale while some is left: the quantity, and nothing else of the product."""

    action = "set_quantity"
    never_expires = True
    service = QuantityService

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        stock = self.get_product().stock
        return self.plan_withdrawal() if stock == 0 else self._telling(stock)

    def _telling(self, stock: int | None) -> Iterator[PlannedTask]:
        yield self.plan(sentence("Change the quantity"), self.set_quantity, {"stock": stock})
        yield self.plan(sentence("Save result"), self.save_quantity)

    @calls(1, 2)
    @sent_again
    def set_quantity(self, _task: TaskRun) -> Receipt:
        return self.get_service().set_quantity()

    @atomic_step
    def save_quantity(self, task: TaskRun) -> Receipt:
        self.get_service().save_quantity(task.receipt("set_quantity"))
        return {}
