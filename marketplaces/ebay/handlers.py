"""The jobs of eBay, as lists of steps; the services do the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from django.conf import settings

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.ebay import readiness, validation
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.pictures import Uploads
from marketplaces.ebay.publish import PublishService
from marketplaces.models import Account, Product
from marketplaces.product_facts import facts_of
from tasks.handlers import (
    Appended,
    Look,
    PlannedTask,
    Receipt,
    TaskRun,
    atomic_step,
    creating_step,
    register,
    repeatable_step,
)
from tasks.models import MarketplaceJob
from tasks.sentences import sentence

_DEADLINE: float = settings.EBAY["deadline_seconds"]
sent_again = repeatable_step(deadline=_DEADLINE)
sent_once = partial(
    creating_step, deadline=_DEADLINE, settle=settings.EBAY["settle_seconds"], looks_first=True
)


class EbayHandler(DirectAPIJobHandler[PublishService]):
    """What every action on a listing at eBay needs."""

    marketplace = "ebay"
    marketplace_name = "eBay"
    lane_concurrency = 2

    @classmethod
    def require_ready(cls, account: Account) -> None:
        readiness.require(client_for(account), EbaySettings.read(account.settings))

    @classmethod
    def probe(cls, account_id: int) -> None:
        client_for(Account.objects.get(pk=account_id)).policies("return")

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        if "validate" not in cls.steps:
            return []
        found = validation.faults_of(facts_of(product), EbaySettings.read(account.settings))
        return [fault.sentence for fault in found]

    def get_service(self) -> PublishService:
        account = self.get_account()
        return PublishService(account, self.get_product(), client_for(account))


@register
class PublishHandler(EbayHandler):
    """A product becomes one live listing; one that is live already is only looked at."""

    action = "publish"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        if service.is_live_as_wanted():
            name = sentence("Confirm that it is live")
            return [self.plan(name, self.confirm, service.identity())]
        return self._publishing(service)

    def _publishing(self, service: PublishService) -> Iterator[PlannedTask]:
        identity, keys, photos = service.identity(), service.keys(), service.photos()
        yield self.plan(sentence("Validate product"), self.validate)
        yield self.plan(sentence("Map to eBay"), self.map_product, identity)
        for photo in photos:
            yield self.plan(_upload(photo, len(photos)), self.upload_image, photo)
        yield self.plan(sentence("Save inventory item"), self.save_inventory_item, identity)
        yield self.plan(sentence("Create offer"), self.create_offer, keys)
        yield self.plan(sentence("Check the offer's price and terms"), self.update_offer, identity)
        yield self.plan(sentence("Publish offer"), self.publish_offer, keys)
        yield self.plan(sentence("Save result"), self.save_result)

    @sent_again
    def confirm(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        tasks = () if (live := service.confirm()) else self._publishing(service)
        return Appended({"live": live}, tuple(tasks))

    @atomic_step
    def validate(self, _task: TaskRun) -> Receipt:
        self.get_service().validate()
        return {}

    @atomic_step
    def map_product(self, _task: TaskRun) -> Receipt:
        return self.get_service().map_product()

    @sent_again
    def upload_image(self, task: TaskRun) -> Receipt:
        return self.get_service().upload_image(task.payload["checksum"])

    @sent_again
    def save_inventory_item(self, task: TaskRun) -> Receipt:
        return self.get_service().save_item(_uploads(task))

    @sent_once(find_effect="find_offer", adopt="adopt_offer")
    def create_offer(self, task: TaskRun) -> Receipt:
        return self.get_service().create_offer(task.receipt_task_ids["save_inventory_item"])

    def find_offer(self, _task: TaskRun) -> Look:
        return self.get_service().find_offer()

    def adopt_offer(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_offer(external_id)

    @sent_again
    def update_offer(self, task: TaskRun) -> Receipt:
        made_by = task.receipt_task_ids["create_offer"]
        return self.get_service().update_offer(task.receipt("create_offer"), made_by)

    @sent_once(find_effect="find_listing", adopt="adopt_listing", point_of_no_return=True)
    def publish_offer(self, task: TaskRun) -> Receipt:
        offer_id, made_by = _offer_id(task), task.receipt_task_ids["create_offer"]
        return self.get_service().publish(offer_id, _uploads(task), _sent(task), made_by)

    def find_listing(self, task: TaskRun) -> Look:
        return self.get_service().find_published(_offer_id(task))

    def adopt_listing(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_listing(external_id)

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        published = task.receipt("publish_offer")
        self.get_service().save_result(_offer_id(task), published["listing_id"])
        return published


def _upload(photo: Receipt, count: int) -> str:
    return sentence("Upload image {position}/{count}", position=photo["position"], count=count)


def _uploads(task: TaskRun) -> Uploads:
    """The receipts of the uploaded photos under the ids of their tasks."""
    receipts = task.receipts.get("upload_image", ())
    return dict(zip(task.receipt_task_ids.get("upload_image", ()), receipts, strict=True))


def _offer_id(task: TaskRun) -> str:
    return str(task.receipt("create_offer")["offer_id"])


def _sent(task: TaskRun) -> tuple[int, ...]:
    """The tasks that bring the product's present content to eBay."""
    steps = ("map_product", "save_inventory_item", "update_offer")
    return tuple(task.receipt_task_ids[step][-1] for step in steps)
