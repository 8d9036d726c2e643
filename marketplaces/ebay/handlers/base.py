"""What the handlers of eBay share: the account, the service, and steps that several of them have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from django.conf import settings

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.ebay import categories, readiness, validation
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.connection import client_for, taxonomy
from marketplaces.ebay.content import ContentService
from marketplaces.ebay.pictures import Uploads
from marketplaces.ebay.service import EbayService, NotListedError
from marketplaces.ebay.withdraw import WithdrawService
from marketplaces.models import Account, Product
from marketplaces.product_facts import facts_of
from tasks.handlers import (
    NO_CALL,
    ONE_CALL,
    IdForm,
    PlannedTask,
    Receipt,
    TaskRun,
    atomic_step,
    calls,
    creating_step,
    repeatable_step,
)
from tasks.sentences import sentence

_DEADLINE: float = settings.EBAY["deadline_seconds"]
sent_again = repeatable_step(deadline=_DEADLINE)
only_read = repeatable_step(deadline=_DEADLINE, only_reads=True)
_ID = IdForm(
    r"[0-9]{1,20}",
    sentence(
        "An id at eBay is digits only. A listing's stands on its page as the item number, and in "
        "the page's address behind “/itm/”."
    ),
)
sent_once = partial(
    creating_step,
    deadline=_DEADLINE,
    settle=settings.EBAY["settle_seconds"],
    looks_first=True,
    id_form=_ID,
)

Service = TypeVar("Service", bound=EbayService)
Content = TypeVar("Content", bound=ContentService)


class EbayHandler(DirectAPIJobHandler[Service]):
    """One action on one listing at eBay."""

    marketplace = "ebay"
    marketplace_name = "eBay"
    lane_concurrency = 2
    service: type[Service]

    @classmethod
    def probe(cls, account_id: int) -> None:
        """eBay's APIs fail apart from one another: all of those that every listing needs."""
        client = client_for(Account.objects.get(pk=account_id))
        client.policies("return")
        client.locations()

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        try:
            cls.service(account, product, client_for(account)).require_record()
        except NotListedError as error:
            return [error.message]
        return []

    def get_service(self) -> Service:
        account = self.get_account()
        return self.service(account, self.get_product(), client_for(account))


class ContentHandler(EbayHandler[Content]):
    """Brings the product's content to eBay."""

    @classmethod
    def require_ready(cls, account: Account) -> None:
        chosen = EbaySettings.read(account.settings)
        readiness.require(client_for(account), chosen)
        categories.try_to_refresh(taxonomy(), chosen)

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        facts, chosen = facts_of(product), EbaySettings.read(account.settings)
        rules = categories.known_rules(chosen, facts.product_type)
        found = validation.faults_of(facts, chosen, rules)
        return [fault.sentence for fault in found]

    @atomic_step
    def validate(self, _task: TaskRun) -> Receipt:
        self.get_service().validate()
        return {}

    @atomic_step
    def map_product(self, _task: TaskRun) -> Receipt:
        return self.get_service().map_product()

    @calls(0, 1)
    @sent_again
    def upload_image(self, task: TaskRun) -> Receipt:
        return self.get_service().upload_image(task.payload["checksum"])

    @sent_again
    def save_inventory_item(self, task: TaskRun) -> Receipt:
        return self.get_service().save_item(uploads(task), sent(task))

    def plan_uploads(self, service: Content) -> Iterator[PlannedTask]:
        photos = service.photos()
        for photo in photos:
            is_kept = service.has_photo(photo["checksum"])
            name = _name_of(photo, len(photos), is_kept=is_kept)
            expected = NO_CALL if is_kept else ONE_CALL
            yield self.plan(name, self.upload_image, photo, calls=expected)


class WithdrawingHandler(EbayHandler[Service]):
    """Takes the listing off sale."""

    def plan_withdrawal(self) -> Iterator[PlannedTask]:
        yield self.plan(sentence("End the listing"), self.withdraw)
        yield self.plan(sentence("Save result"), self.save_withdrawal)

    @sent_again
    def withdraw(self, _task: TaskRun) -> Receipt:
        return self._withdrawals().withdraw()

    @atomic_step
    def save_withdrawal(self, task: TaskRun) -> Receipt:
        withdrawn = task.receipt("withdraw")
        self._withdrawals().save_withdrawal(withdrawn)
        return withdrawn

    def _withdrawals(self) -> WithdrawService:
        account = self.get_account()
        return WithdrawService(account, self.get_product(), client_for(account))


def uploads(task: TaskRun) -> Uploads:
    """The receipts of the uploaded photos under the ids of their tasks."""
    receipts = task.receipts.get("upload_image", ())
    return dict(zip(task.receipt_task_ids.get("upload_image", ()), receipts, strict=True))


def sent(task: TaskRun) -> tuple[int, ...]:
    """The tasks before this one that bring the product's present content to eBay."""
    steps = ("map_product", "save_inventory_item", "update_offer", "set_price_and_stock")
    made = (task.receipt_task_ids.get(step) for step in steps)
    return tuple(numbers[-1] for numbers in made if numbers)


def _name_of(photo: Receipt, count: int, *, is_kept: bool) -> str:
    if is_kept:
        return sentence("Keep image {position}/{count}", position=photo["position"], count=count)
    return sentence("Upload image {position}/{count}", position=photo["position"], count=count)
