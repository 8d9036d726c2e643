"""The jobs of Vinted, as lists of steps; the services do the work."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator

from marketplaces.models import Account, ListingStatus, Product
from marketplaces.vinted import answers
from marketplaces.vinted.activate import ActivateService
from marketplaces.vinted.delete import DeleteService
from marketplaces.vinted.steps import (
    ChangingHandler,
    HidingHandler,
    PluginHandler,
    ShowingHandler,
    acting,
    ids_of,
    looking,
    only_read,
    sent_again,
    sent_once,
)
from marketplaces.vinted.update import UpdateService
from marketplaces.vinted.withdraw import WithdrawService
from tasks.handlers import (
    Appended,
    Foreseen,
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


class PublishedHandler(ShowingHandler[ActivateService]):
    """A product that was published before: looked at and kept up to date, shown again or made anew."""

    def get_service(self) -> ActivateService:
        return ActivateService(*self.parts())

    @abstractmethod
    def publishing(self, service: ActivateService) -> Iterator[PlannedTask]:
        """The steps to an item on sale where there is none."""

    def showing(self) -> Iterator[PlannedTask]:
        yield self.plan(sentence("Show it to buyers again"), self.show_again)

    @appending
    @only_read
    @acting
    def confirm(self, _task: TaskRun) -> Appended:
        return self._going_on(is_live=self.get_service().confirm())

    @appending
    @only_read
    @acting
    def look_whether_back(self, _task: TaskRun) -> Appended:
        return self._going_on(is_live=self.get_service().is_back())

    def _going_on(self, *, is_live: bool) -> Appended:
        service = self.get_service()
        if is_live:
            return Appended({"live": True}, tuple(self.unsent(service)))
        # What the seller has hidden is shown; what was sold or is gone is published anew.
        hidden = service.status() == ListingStatus.WITHDRAWN
        tasks = self.showing() if hidden else self.publishing(service)
        return Appended({"live": False}, tuple(tasks))

    @appending
    @sent_again
    @acting
    def show_again(self, _task: TaskRun) -> Appended:
        shown = self.get_service().show_unless_over()
        is_live = shown["state"] == answers.LIVE
        tasks = self.shown() if is_live else self.publishing(self.get_service())
        return Appended(shown, tuple(tasks))

    def foresee(self, step: str) -> Foreseen:
        if step == "show_again":
            return Foreseen(tuple(self.shown()))
        if step == "look_whether_back":
            return Foreseen(tuple(self.unsent(self.get_service())))
        return super().foresee(step)


@register
class PublishHandler(PublishedHandler):
    """A product becomes one item on sale."""

    action = "publish"
    version = 2

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        status = service.status()
        if status == ListingStatus.LIVE:
            name = sentence("Confirm that it is live")
            return [self.plan(name, self.confirm, service.identity())]
        if status == ListingStatus.WITHDRAWN:
            return self.showing()
        if service.is_over():
            name = sentence("Look whether it is back on sale")
            return [self.plan(name, self.look_whether_back, service.identity())]
        return self.publishing(service)

    def publishing(self, service: ActivateService) -> Iterator[PlannedTask]:
        identity, photos = service.identity(), service.photos()
        yield self.plan(sentence("Validate product"), self.validate)
        yield self.plan(sentence("Map to Vinted"), self.map_product, identity)
        yield from self.uploads(photos)
        yield self.plan(sentence("Create draft"), self.create_draft, {"key": service.key})
        yield self.plan(sentence("Put on sale"), self.complete, identity)
        yield self.plan(sentence("Save result"), self.save_result)

    @atomic_step
    def map_product(self, _task: TaskRun) -> Receipt:
        return self.get_service().map_product()

    @sent_once(find_effect="find_draft", adopt="adopt_draft")
    @acting
    def create_draft(self, task: TaskRun) -> Receipt:
        sent = self.link.last_write(task.id)
        return self.get_service().create_draft(ids_of(task, "upload_photo"), sent)

    @looking
    def find_draft(self, task: TaskRun) -> Look:
        return self.get_service().find_draft(self.link.last_write(task.id))

    @looking
    def adopt_draft(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_draft(external_id)

    @sent_once(
        find_effect="find_live", adopt="adopt_live", looks_first=True, point_of_no_return=True
    )
    @acting
    def complete(self, task: TaskRun) -> Receipt:
        made, uploads = ids_of(task, "create_draft"), ids_of(task, "upload_photo")
        item_id = task.receipt("create_draft")["item_id"]
        sent = self.link.last_write(task.id)
        return self.get_service().complete(item_id, made, uploads, sent)

    @looking
    def find_live(self, task: TaskRun) -> Look:
        item_id = task.receipt("create_draft")["item_id"]
        return self.get_service().find_live(item_id, self.link.last_write(task.id))

    def adopt_live(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_live(external_id)

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        live = task.receipt("complete")
        self.get_service().save_result(live)
        return {"item_id": live["item_id"], "state": live["state"]}


@register
class UpdateHandler(ChangingHandler[UpdateService], HidingHandler[UpdateService]):
    """A live item becomes what the product is now; nothing is sent when nothing has changed."""

    action = "update"

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        """Nothing has to be fit that is only taken off sale."""
        return [] if product.stock == 0 else super().faults_of(account, product)

    def get_service(self) -> UpdateService:
        return UpdateService(*self.parts())

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        service.require_live()
        if service.is_sold_out_here():
            yield self.plan(sentence("Hide it: nothing is left"), self.withdraw)
            yield self.plan(sentence("Save result"), self.save_withdrawn)
        elif service.is_sent():
            name = sentence("Confirm that it is live")
            yield self.plan(name, self.confirm, service.identity())
        else:
            yield from self.changing(service)

    @only_read
    @acting
    def confirm(self, _task: TaskRun) -> Receipt:
        self.get_service().require_confirmed()
        return {"live": True}


@register
class UnpublishHandler(HidingHandler[WithdrawService]):
    """An item is hidden; Vinted keeps it, and it can be shown again."""

    action = "unpublish"
    supersedes = frozenset({"publish", "update", "activate", "unpublish"})
    stops_older = True
    never_expires = True

    @classmethod
    def require_ready(cls, account: Account) -> None:
        """A wardrobe can be emptied whatever is missing."""

    def get_service(self) -> WithdrawService:
        return WithdrawService(*self.parts())

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        return [
            self.plan(sentence("Hide it from buyers"), self.withdraw),
            self.plan(sentence("Save result"), self.save_withdrawn),
        ]


@register
class ActivateHandler(ShowingHandler[ActivateService]):
    """An item that was hidden is on sale again, as the product is now."""

    action = "activate"

    def get_service(self) -> ActivateService:
        return ActivateService(*self.parts())

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        self.get_service().require_shown_before()
        yield self.plan(sentence("Show it to buyers again"), self.show)
        yield from self.shown()

    @sent_again
    @acting
    def show(self, _task: TaskRun) -> Receipt:
        return self.get_service().show()


class RemovingHandler(PluginHandler[DeleteService]):
    """Removes an item from Vinted for good."""

    never_expires = True

    @classmethod
    def require_ready(cls, account: Account) -> None:
        """A wardrobe can be emptied whatever is missing."""

    def get_service(self) -> DeleteService:
        return DeleteService(*self.parts())


@register
class DeleteHandler(RemovingHandler):
    """An item is gone from Vinted, and our record of it too."""

    action = "delete"
    supersedes = frozenset({"publish", "update", "activate", "unpublish", "archive", "delete"})
    stops_older = True

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        return [
            self.plan(sentence("Delete at Vinted"), self.delete),
            self.plan(sentence("Remove the record"), self.forget),
        ]

    @sent_again
    @acting
    def delete(self, _task: TaskRun) -> Receipt:
        return self.get_service().delete()

    @atomic_step
    def forget(self, _task: TaskRun) -> Receipt:
        self.get_service().forget()
        return {}


@register
class ArchiveHandler(RemovingHandler):
    """An item that is over is gone from Vinted; our record of it stays."""

    action = "archive"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        self.get_service().require_over()
        return [
            self.plan(sentence("Remove it at Vinted"), self.archive),
            self.plan(sentence("Save result"), self.save_archived),
        ]

    @calls(2, None)
    @sent_again
    @acting
    def archive(self, _task: TaskRun) -> Receipt:
        return self.get_service().archive()

    @atomic_step
    def save_archived(self, _task: TaskRun) -> Receipt:
        self.get_service().save_archived()
        return {}
