"""The jobs over a whole wardrobe: synchronise, fetch orders."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from marketplaces.sync import OrdersHandler, OrderSource, SyncHandler
from marketplaces.sync.service import SyncService
from marketplaces.vinted import lists
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.connection import client_for
from marketplaces.vinted.orders import VintedOrders
from marketplaces.vinted.shop import VintedShop
from marketplaces.vinted.steps import PluginHandler, acting, only_read
from tasks.handlers import (
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
class VintedSyncHandler(SyncHandler, PluginHandler[SyncService]):
    reads_listings = False
    batch_size = 1
    """Between two reads the account rests, and what was read before a rest is older than the task."""

    read_page = appending(only_read(acting(SyncHandler.read_page)))
    confirm = calls(1, None)(only_read(acting(SyncHandler.confirm)))

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        chosen = VintedSettings.read(self.get_account().settings)
        if lists.are_due(chosen):
            name = sentence("Read which sizes, brands and colours Vinted has")
            yield self.plan(name, self.read_lists, {"categories": chosen.chosen_categories})
            yield self.plan(sentence("Save them for the mapping"), self.save_lists)
        yield from super().create_tasks(job)

    @calls(1, None)
    @only_read
    @acting
    def read_lists(self, task: TaskRun) -> Receipt:
        return lists.look_up(client_for(self.get_account(), self.link), task.payload["categories"])

    @atomic_step
    def save_lists(self, task: TaskRun) -> Receipt:
        lists.save(self.get_account(), task.receipt("read_lists"))
        return {}

    def get_service(self) -> SyncService:
        account = self.get_account()
        has_rule = VintedSettings.read(account.settings).has_price_rule
        client = client_for(account, self.link)
        return SyncService(
            account,
            VintedShop(client, shows_prices=not has_rule),
            settle_seconds=settings.VINTED["settle_seconds"],
            asked_at=client.asked_at,
        )


@register
class VintedOrdersHandler(OrdersHandler, PluginHandler[OrderSource]):
    read_page = calls(1, None)(appending(only_read(acting(OrdersHandler.read_page))))

    def get_service(self) -> OrderSource:
        account = self.get_account()
        site = VintedSettings.read(account.settings).site
        return VintedOrders(client_for(account, self.link), account, site)
