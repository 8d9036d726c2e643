"""The steps that several of Etsy's handlers run, each a call of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.etsy import readiness, validation
from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.connection import client_for
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.service import ListingService
from marketplaces.etsy.withdraw import WithdrawService
from marketplaces.models import Account, Product
from marketplaces.product_facts import facts_of
from tasks.errors import PermanentError, ReceiptGoneError
from tasks.handlers import (
    NO_CALL,
    ONE_CALL,
    CallRange,
    IdForm,
    Look,
    PlannedTask,
    Receipt,
    TaskRun,
    atomic_step,
    calls,
    creating_step,
    repeatable_step,
)
from tasks.sentences import sentence

_DEADLINE: float = settings.ETSY["deadline_seconds"]
WHOLE_SHOP_DEADLINE = 4 * _DEADLINE
"""For a step that may have to look through all of a shop's listings, 100 with each read."""
sent_again = repeatable_step(deadline=_DEADLINE)
only_read = repeatable_step(deadline=_DEADLINE, only_reads=True)
_LISTING_ID = IdForm(
    r"[0-9]{1,20}",
    sentence(
        "An id at Etsy is digits only. It stands in the address of the listing's page, behind "
        "“/listing/”."
    ),
)
sent_once = partial(
    creating_step,
    deadline=_DEADLINE,
    settle=settings.ETSY["settle_seconds"],
    id_form=_LISTING_ID,
)
Service = TypeVar("Service", bound=ListingService)
Publishing = TypeVar("Publishing", bound=PublishService)
Withdrawing = TypeVar("Withdrawing", bound=WithdrawService)
_OF_THE_DRAFT = ("create_draft", "save_stock", "upload_photo", "save_texts", "arrange_photos")
_OF_THE_CONTENT = ("map_product", "save_stock", "save_texts")


class EtsyHandler(DirectAPIJobHandler[Service]):
    """What every action on a listing at Etsy needs."""

    marketplace = "etsy"
    marketplace_name = "Etsy"
    lane_concurrency = 2

    @classmethod
    def require_ready(cls, account: Account) -> None:
        readiness.require_ready(account)

    @classmethod
    def probe(cls, account_id: int) -> None:
        client_for(Account.objects.get(pk=account_id)).shop()

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        if "validate" not in cls.steps:
            return []
        chosen = EtsySettings.read(account.settings)
        year = timezone.now().year
        return [
            fault.sentence for fault in validation.faults_of(facts_of(product), chosen, year=year)
        ]


class SendingHandler(EtsyHandler[Publishing]):
    """Sends what a product is, part by part, to a listing that is known."""

    def uploads(self, photos: list[Receipt]) -> Iterator[PlannedTask]:
        service = self.get_service()
        count = len(service.wanted["photos"])
        for photo in photos:
            name = sentence("Upload image {position}/{count}", position=photo["rank"], count=count)
            expected = NO_CALL if service.has_photo(photo) else ONE_CALL
            yield self.plan(name, self.upload_photo, photo, calls=expected)

    def check_photos(self, photos: list[Receipt]) -> PlannedTask:
        """One read; what should not be there is removed, and then the order may be set."""
        most = 2 + self.get_service().number_of_photos_there()
        return self.plan(
            sentence("Check the photos"),
            self.arrange_photos,
            {"photos": photos},
            calls=CallRange(1, most),
        )

    @atomic_step
    def validate(self, _task: TaskRun) -> Receipt:
        self.get_service().validate()
        return {}

    @calls(1, 2)
    @sent_again
    def save_stock(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.save_stock(listing_id(task, service))

    @calls(0, 1)
    @sent_again
    def upload_photo(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.upload_photo(listing_id(task, service), task.payload["rank"])

    @sent_again
    def save_texts(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.save_texts(listing_id(task, service))

    @calls(1, None)
    @sent_again
    def arrange_photos(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.arrange_photos(listing_id(task, service), _uploaded_by(task))


class ShowingHandler(EtsyHandler[Publishing]):
    """Shows a listing to buyers: the step from which there is no way back."""

    @staticmethod
    def live_name(service: PublishService) -> str:
        """The step's name; it says whether Etsy charges for it."""
        if not service.costs_fee():
            return sentence("Show it again (without a fee)")
        if service.was_live():
            return sentence("Show it again (Etsy charges its listing fee)")
        return sentence("Publish (Etsy charges its listing fee)")

    @staticmethod
    def look_name() -> str:
        return sentence("Look whether it has sold")

    @only_read
    def look_whether_sold(self, _task: TaskRun) -> Receipt:
        """Showing what is sold out again would put a piece on sale, for a fee."""
        return {"live": self.get_service().confirm()}

    @sent_once(
        find_effect="find_live", adopt="adopt_live", looks_first=True, point_of_no_return=True
    )
    def go_live(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.go_live(listing_id(task, service), _numbers(task, _OF_THE_CONTENT))

    def find_live(self, task: TaskRun) -> Look:
        service = self.get_service()
        return service.find_live(listing_id(task, service))

    def adopt_live(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_live(external_id)


class WithdrawingHandler(EtsyHandler[Withdrawing]):
    """Takes a listing off sale."""

    @calls(1, 2)
    @sent_again
    def withdraw(self, _task: TaskRun) -> Receipt:
        return self.get_service().withdraw()

    @atomic_step
    def save_withdrawn(self, task: TaskRun) -> Receipt:
        self.get_service().save_withdrawn(task.receipt("withdraw")["state"])
        return {}


def listing_id(task: TaskRun, service: PublishService) -> str:
    """The listing that this job has made, else the one that our records know."""
    made = task.receipts.get("create_draft")
    return str(made[-1]["listing_id"]) if made else service.known_id()


@contextmanager
def at_etsy(task: TaskRun, service: PublishService) -> Iterator[None]:
    """Etsy's "not found" means that somebody has deleted the listing there.

    What this job has made is made again; another job has nothing left to act on.
    """
    asked_at = timezone.now()
    try:
        yield
    except EtsyRefusedError as error:
        if not error.is_not_found:
            raise
        if "create_draft" in task.receipts:
            service.wait_for_new_draft(asked_at)
            raise ReceiptGoneError(
                sentence("The listing was deleted at Etsy."),
                task_ids=_numbers(task, _OF_THE_DRAFT),
                evidence=error.evidence,
            ) from error
        service.wait_until_settled(asked_at)
        raise PermanentError(
            sentence("“{product}” is no longer at Etsy.", product=service.product),
            advice=sentence("Publish it again if it should be."),
            evidence=error.evidence,
        ) from error


def _numbers(task: TaskRun, steps: tuple[str, ...]) -> tuple[int, ...]:
    """The receipts of `steps` that this job has."""
    return tuple(number for step in steps for number in task.receipt_task_ids.get(step, ()))


def _uploaded_by(task: TaskRun) -> dict[int, int]:
    """The number of the receipt of each rank's upload."""
    numbers = task.receipt_task_ids.get("upload_photo", ())
    receipts = task.receipts.get("upload_photo", ())
    return {int(receipt["rank"]): number for receipt, number in zip(receipts, numbers, strict=True)}
