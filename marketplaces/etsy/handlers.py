"""The jobs of Etsy, as lists of steps; the services do the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplaces import already_listed
from marketplaces.etsy.activate import ActivateService
from marketplaces.etsy.connection import client_for
from marketplaces.etsy.delete import DeleteService
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.quantity import QuantityService
from marketplaces.etsy.steps import (
    WHOLE_SHOP_DEADLINE,
    EtsyHandler,
    SendingHandler,
    ShowingHandler,
    WithdrawingHandler,
    at_etsy,
    only_read,
    sent_again,
    sent_once,
)
from marketplaces.etsy.update import UpdateService
from marketplaces.etsy.withdraw import WithdrawService
from marketplaces.models import Account, Product
from tasks.handlers import (
    PERHAPS_A_CALL,
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


@register
class PublishHandler(SendingHandler[PublishService], ShowingHandler[PublishService]):
    """A product becomes one live listing; one that is live already is only looked at."""

    action = "publish"

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        listed = already_listed.faults_of(account, product)
        return [*listed, *super().faults_of(account, product)]

    def get_service(self) -> PublishService:
        account = self.get_account()
        return PublishService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        if service.is_live_as_wanted():
            name = sentence("Confirm that it is live")
            return [self.plan(name, self.confirm, service.identity())]
        return self._publishing(service)

    def _publishing(self, service: PublishService) -> Iterator[PlannedTask]:
        identity, keys, photos = service.identity(), service.keys(), service.photos()
        stock = sentence("Save price and stock")
        yield self.plan(sentence("Validate product"), self.validate)
        yield self.plan(sentence("Map to Etsy"), self.map_product, identity)
        if service.is_recorded_live():
            yield self.plan(self.look_name(), self.look_whether_sold, identity)
        yield self.plan(sentence("Create draft"), self.create_draft, keys)
        if not service.is_sold_out():
            yield self.plan(stock, self.save_stock, identity)
        yield from self.uploads(photos)
        yield self.check_photos(photos)
        texts = sentence("Save texts")
        yield self.plan(texts, self.save_texts, identity, calls=PERHAPS_A_CALL)
        yield self.plan(self.live_name(service), self.go_live, keys)
        if service.was_live():
            yield self.plan(stock, self.save_stock, {**identity, "again": True})
        yield self.plan(sentence("Save result"), self.save_result)

    @appending
    @only_read
    def confirm(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        tasks = () if (live := service.confirm()) else self._publishing(service)
        return Appended({"live": live}, tuple(tasks))

    @atomic_step
    def map_product(self, _task: TaskRun) -> Receipt:
        return self.get_service().map_product()

    @sent_once(find_effect="find_draft", adopt="adopt_draft", deadline=WHOLE_SHOP_DEADLINE)
    def create_draft(self, _task: TaskRun) -> Receipt:
        return self.get_service().create_draft()

    def find_draft(self, _task: TaskRun) -> Look:
        return self.get_service().find_draft()

    def adopt_draft(self, _task: TaskRun, external_id: str) -> Receipt:
        return self.get_service().adopted_draft(external_id)

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        live = task.receipt("go_live")
        self.get_service().save_result(live["listing_id"], live["state"])
        return live


@register
class UpdateHandler(SendingHandler[UpdateService], WithdrawingHandler[UpdateService]):
    """A live listing becomes what the product is now; only what has changed is sent."""

    action = "update"

    @classmethod
    def faults_of(cls, account: Account, product: Product) -> list[str]:
        """Nothing has to be fit that is only taken off sale."""
        return [] if product.stock == 0 else super().faults_of(account, product)

    def get_service(self) -> UpdateService:
        account = self.get_account()
        return UpdateService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        service.require_live()
        if service.is_sold_out_here():
            yield self.plan(sentence("Take off sale: nothing is left"), self.withdraw)
            yield self.plan(sentence("Save result"), self.save_withdrawn)
            return
        confirm = sentence("Confirm that it is live")
        if service.is_live_as_wanted():
            yield self.plan(confirm, self.confirm, service.identity())
        else:
            yield self.plan(sentence("Validate product"), self.validate)
            yield self.plan(confirm, self.confirm, service.identity())
            yield self.plan(
                sentence("Map to Etsy, and find what has changed"),
                self.map_product,
                service.identity(),
            )

    @appending
    @atomic_step
    def map_product(self, _task: TaskRun) -> Appended:
        service = self.get_service()
        receipt = service.map_product()
        return Appended(receipt, tuple(self._changes(service)))

    def foresee(self, _step: str) -> Foreseen:
        return Foreseen(tuple(self._changes(self.get_service())), is_all=True)

    def _changes(self, service: UpdateService) -> Iterator[PlannedTask]:
        identity = service.identity()
        if service.texts_differ():
            yield self.plan(sentence("Save texts"), self.save_texts, identity)
        if service.stock_differs():
            yield self.plan(sentence("Save price and stock"), self.save_stock, identity)
        if service.photos_differ():
            yield from self.uploads(service.changed_photos())
            yield self.check_photos(service.photos())
        yield self.plan(sentence("Save result"), self.save_updated)

    @only_read
    def confirm(self, _task: TaskRun) -> Receipt:
        self.get_service().require_confirmed()
        return {"live": True}

    @atomic_step
    def save_updated(self, _task: TaskRun) -> Receipt:
        self.get_service().save_updated()
        return {}


@register
class SetQuantityHandler(WithdrawingHandler[QuantityService]):
    """What follows a sale while some is left: the quantity, and nothing else of the product."""

    action = "set_quantity"
    never_expires = True

    def get_service(self) -> QuantityService:
        account = self.get_account()
        return QuantityService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        stock = self.get_product().stock
        if stock == 0:
            yield self.plan(sentence("Take off sale: nothing is left"), self.withdraw)
            yield self.plan(sentence("Save result"), self.save_withdrawn)
        else:
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


@register
class UnpublishHandler(WithdrawingHandler[WithdrawService]):
    """A listing is off sale; Etsy keeps it, and it can be shown again without a fee."""

    action = "unpublish"
    supersedes = frozenset({"publish", "update", "set_quantity", "activate", "unpublish"})
    stops_older = True
    never_expires = True

    @classmethod
    def require_ready(cls, account: Account) -> None:
        """A shop in which something is missing can still be emptied."""

    def get_service(self) -> WithdrawService:
        account = self.get_account()
        return WithdrawService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        return [
            self.plan(sentence("Take off sale"), self.withdraw),
            self.plan(sentence("Save result"), self.save_withdrawn),
        ]


@register
class ActivateHandler(ShowingHandler[ActivateService]):
    """A listing that was withdrawn, sold out or over is on sale again, with the present stock."""

    action = "activate"

    def get_service(self) -> ActivateService:
        account = self.get_account()
        return ActivateService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        service = self.get_service()
        service.require_shown_before()
        costs_fee = service.costs_fee()
        stock = self.plan(sentence("Save price and stock"), self.save_stock)
        live = self.plan(self.live_name(service), self.go_live)
        result = self.plan(sentence("Save result"), self.save_result)
        if service.is_recorded_live():
            return [self.plan(self.look_name(), self.look_whether_sold), stock, live, result]
        return [live, stock, result] if costs_fee else [stock, live, result]

    @calls(1, 2)
    @sent_again
    def save_stock(self, task: TaskRun) -> Receipt:
        with at_etsy(task, service := self.get_service()):
            return service.save_present_stock()

    @atomic_step
    def save_result(self, task: TaskRun) -> Receipt:
        live = task.receipt("go_live")
        self.get_service().save_shown(live["state"])
        return live


@register
class DeleteHandler(EtsyHandler[DeleteService]):
    """A listing is gone from Etsy, and our record of it too."""

    action = "delete"
    supersedes = frozenset({"publish", "update", "set_quantity", "activate", "unpublish", "delete"})
    stops_older = True
    never_expires = True

    @classmethod
    def require_ready(cls, account: Account) -> None:
        """A shop in which something is missing can still be emptied."""

    def get_service(self) -> DeleteService:
        account = self.get_account()
        return DeleteService(account, self.get_product(), client_for(account))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        return [
            self.plan(sentence("Delete at Etsy"), self.delete),
            self.plan(sentence("Remove the record"), self.forget),
        ]

    @sent_again
    def delete(self, _task: TaskRun) -> Receipt:
        return self.get_service().delete()

    @atomic_step
    def forget(self, _task: TaskRun) -> Receipt:
        self.get_service().forget()
        return {}
