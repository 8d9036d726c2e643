"""The steps that several of Vinted's handlers run, each a call of a service.

Every step that speaks to Vinted tells the link which task it is for, so that an interrupted one
goes on with the answers that it has (`PluginLink.for_step`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial, wraps
from typing import TypeVar

from django.conf import settings

from marketplaces import listings
from marketplaces.listing_jobs import ListingJobHandler
from marketplaces.models import Account, Product
from marketplaces.product_facts import facts_of
from marketplaces.vinted import readiness, validation
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.activate import ActivateService
from marketplaces.vinted.client import VintedClient
from marketplaces.vinted.connection import client_for
from marketplaces.vinted.plugin.link import ACT, LOOK, PluginLink
from marketplaces.vinted.publish import PublishService
from marketplaces.vinted.update import UpdateService
from marketplaces.vinted.withdraw import WithdrawService
from tasks.handlers import (
    Appended,
    Foreseen,
    PlannedTask,
    Receipt,
    TaskRun,
    appending,
    atomic_step,
    creating_step,
    repeatable_step,
)
from tasks.sentences import sentence

_DEADLINE: float = settings.VINTED["deadline_seconds"]
sent_again = repeatable_step(deadline=_DEADLINE)
only_read = repeatable_step(deadline=_DEADLINE, only_reads=True)
sent_once = partial(creating_step, deadline=_DEADLINE, settle=settings.VINTED["settle_seconds"])
Service = TypeVar("Service")
Publishing = TypeVar("Publishing", bound=PublishService)
Changing = TypeVar("Changing", bound=UpdateService)
Showing = TypeVar("Showing", bound=ActivateService)
Hiding = TypeVar("Hiding", bound=WithdrawService)
Outcome = TypeVar("Outcome")


def _within(part: str) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    def wrap(method: Callable[..., Outcome]) -> Callable[..., Outcome]:
        @wraps(method)
        def run(handler: PluginHandler[Service], task: TaskRun, *rest: str) -> Outcome:
            with handler.link.for_step(task.id, part):
                return method(handler, task, *rest)

        return run

    return wrap


acting = _within(ACT)
"""For the method of a step that calls Vinted."""
looking = _within(LOOK)
"""For a look at what a creating step may have done, and for a person's word on it."""


class PluginHandler(ListingJobHandler[Service]):
    """What every action at Vinted needs: the seller's browser, one command at a time."""

    marketplace = "vinted"
    marketplace_name = "Vinted"
    lane_concurrency = 1

    @cached_property
    def link(self) -> PluginLink:
        return PluginLink(self.get_account(), lease=self.job.lease_token)

    def parts(self) -> tuple[Account, Product, VintedClient]:
        """What a service is made of."""
        account = self.get_account()
        return account, self.get_product(), client_for(account, self.link)

    @classmethod
    def require_ready(cls, account: Account) -> None:
        readiness.require_ready(account)

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        if "validate" not in cls.steps:
            return []
        chosen = VintedSettings.read(account.settings)
        key = listings.key_of(listings.find(account, product), product)
        return [fault.sentence for fault in validation.faults_of(facts_of(product), chosen, key)]


class SendingHandler(PluginHandler[Publishing]):
    """Sends what a product is."""

    def uploads(self, photos: list[Receipt]) -> Iterator[PlannedTask]:
        count = len(self.get_service().wanted["photos"])
        for photo in photos:
            position = photo["position"]
            name = sentence("Upload image {position}/{count}", position=position, count=count)
            yield self.plan(name, self.upload_photo, photo)

    @atomic_step
    def validate(self, _task: TaskRun) -> Receipt:
        self.get_service().validate()
        return {}

    @sent_again
    @acting
    def upload_photo(self, task: TaskRun) -> Receipt:
        return self.get_service().upload_photo(task.payload["checksum"])


class ChangingHandler(SendingHandler[Changing]):
    """Brings an item that is live up to date."""

    def changing(self, service: UpdateService) -> Iterator[PlannedTask]:
        yield self.plan(sentence("Validate product"), self.validate)
        name = sentence("Map to Vinted, and find what has changed")
        yield self.plan(name, self.map_changes, service.identity())

    @appending
    @atomic_step
    def map_changes(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        return Appended(service.map_product(), tuple(self._comparing(service)))

    @appending
    @only_read
    @acting
    def compare(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        return Appended(service.compare(), tuple(self._saving(service)))

    def foresee(self, step: str) -> Foreseen:
        service = self.get_service()
        if step == "map_changes":
            return Foreseen(tuple(self._comparing(service)), is_all=True)
        # The item may turn out to have lost photos.
        return Foreseen(tuple(self._saving(service)))

    def _comparing(self, service: UpdateService) -> Iterator[PlannedTask]:
        if not service.is_sent():
            name = sentence("Read what Vinted shows")
            yield self.plan(name, self.compare, service.identity())

    def _saving(self, service: UpdateService) -> Iterator[PlannedTask]:
        yield from self.uploads(service.missing_photos())
        yield self.plan(sentence("Save the listing"), self.save_item, service.identity())
        yield self.plan(sentence("Save result"), self.save_updated)

    @sent_again
    @acting
    def save_item(self, task: TaskRun) -> Receipt:
        shown = task.receipt("compare")["photo_ids"]
        return self.get_service().save_item(shown, ids_of(task, "upload_photo"))

    @atomic_step
    def save_updated(self, task: TaskRun) -> Receipt:
        self.get_service().save_updated(task.receipt("save_item"))
        return {}


class ShowingHandler(ChangingHandler[Showing]):
    """Brings an item up to date that was hidden and is shown again."""

    def shown(self) -> Iterator[PlannedTask]:
        yield self.plan(sentence("Save result"), self.save_shown)

    @appending
    @atomic_step
    def save_shown(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        service.save_shown()
        return Appended({}, tuple(self.unsent(service)))

    def foresee(self, step: str) -> Foreseen:
        if step not in {"confirm", "save_shown"}:
            return super().foresee(step)
        # What turns out not to be on sale is shown again, or published anew.
        return Foreseen(tuple(self.unsent(self.get_service())), is_all=step == "save_shown")

    def unsent(self, service: UpdateService) -> Iterator[PlannedTask]:
        if not service.is_sent():
            yield from self.changing(service)


class HidingHandler(PluginHandler[Hiding]):
    """Takes an item off sale."""

    @sent_again
    @acting
    def withdraw(self, _task: TaskRun) -> Receipt:
        return self.get_service().withdraw()

    @atomic_step
    def save_withdrawn(self, task: TaskRun) -> Receipt:
        self.get_service().save_withdrawn(task.receipt("withdraw")["state"])
        return {}


def ids_of(task: TaskRun, *steps: str) -> tuple[int, ...]:
    """The receipts of `steps` that this job has."""
    return tuple(number for step in steps for number in task.receipt_task_ids.get(step, ()))
