"""eBay: put a product on sale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplaces import already_listed
from marketplaces.ebay.handlers.base import (
    ContentHandler,
    only_read,
    sent,
    sent_again,
    sent_once,
    uploads,
)
from marketplaces.ebay.publish import PublishService
from marketplaces.models import Account, Product
from tasks.handlers import (
    Appended,
    Look,
    PlannedTask,
    Receipt,
    TaskRun,
    appending,
    atomic_step,
    calls,
    register,
)
from tasks.models import MarketplaceJob
from tasks.sentences import sentence


@register
class PublishHandler(ContentHandler[PublishService]):
    """A product becomes one live listing; one that is live already is only looked at."""

    action = "publish"
    supersedes = frozenset({"publish", "update"})
    service = PublishService

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        listed = already_listed.faults_of(account, product)
        return [*listed, *super().faults_of(account, product)]

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        if service.is_live_as_wanted():
            name = sentence("Confirm that it is live")
            return [self.plan(name, self.confirm, service.identity())]
        return self._publishing(service)

    def _publishing(self, service: PublishService) -> Iterator[PlannedTask]:
        identity, keys = service.identity(), service.keys()
        yield self.plan(sentence("Validate product"), self.validate)
        yield self.plan(sentence("Map to eBay"), self.map_product, identity)
        if service.is_recorded_live():
            name = sentence("Look whether it has sold")
            yield self.plan(name, self.look_whether_sold, identity)
        yield from self.plan_uploads(service)
        yield self.plan(sentence("Save inventory item"), self.save_inventory_item, identity)
        yield self.plan(sentence("Create offer"), self.create_offer, keys)
        yield self.plan(sentence("Check the offer's price and terms"), self.update_offer, identity)
        yield self.plan(sentence("Publish offer"), self.publish_offer, keys)
        yield self.plan(sentence("Save result"), self.save_result)

    @appending
    @only_read
    def confirm(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        tasks = () if (live := service.confirm()) else self._publishing(service)
        return Appended({"live": live}, tuple(tasks))

    @only_read
    def look_whether_sold(self, _task: TaskRun) -> Receipt:
        return {"live": self.get_service().confirm()}

    @sent_once(find_effect="find_offer", adopt="adopt_offer")
    def create_offer(self, task: TaskRun) -> Receipt:
        return self.get_service().create_offer(task.receipt_task_ids["save_inventory_item"])

    def find_offer(self, _task: TaskRun) -> Look:
        return self.get_service().find_offer()

    def adopt_offer(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_offer(external_id)

    @calls(0, 1)
    @sent_again
    def update_offer(self, task: TaskRun) -> Receipt:
        made_by = task.receipt_task_ids["create_offer"]
        return self.get_service().update_offer(task.receipt("create_offer"), made_by, sent(task))

    @sent_once(find_effect="find_listing", adopt="adopt_listing", point_of_no_return=True)
    def publish_offer(self, task: TaskRun) -> Receipt:
        offer_id, made_by = _offer_id(task), task.receipt_task_ids["create_offer"]
        return self.get_service().publish(offer_id, uploads(task), sent(task), made_by)

    def find_listing(self, task: TaskRun) -> Look:
        return self.get_service().find_published(_offer_id(task))

    def adopt_listing(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_listing(external_id)

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        published = task.receipt("publish_offer")
        self.get_service().save_result(_offer_id(task), published["listing_id"], uploads(task))
        return published


def _offer_id(task: TaskRun) -> str:
    return str(task.receipt("create_offer")["offer_id"])
