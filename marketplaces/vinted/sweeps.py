"""The jobs over a whole wardrobe: synchronise, fetch orders."""

from __future__ import annotations

from django.conf import settings

from marketplaces.sync import OrdersHandler, OrderSource, SyncHandler
from marketplaces.sync.service import SyncService
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.connection import client_for
from marketplaces.vinted.orders import VintedOrders
from marketplaces.vinted.shop import VintedShop
from marketplaces.vinted.steps import PluginHandler, acting, only_read
from tasks.handlers import register


@register
class VintedSyncHandler(SyncHandler, PluginHandler[SyncService]):
    reads_listings = False

    read_page = only_read(acting(SyncHandler.read_page))
    confirm = only_read(acting(SyncHandler.confirm))

    def get_service(self) -> SyncService:
        account = self.get_account()
        has_rule = VintedSettings.read(account.settings).has_price_rule
        shop = VintedShop(client_for(account, self.link), shows_prices=not has_rule)
        return SyncService(account, shop, settle_seconds=settings.VINTED["settle_seconds"])


@register
class VintedOrdersHandler(OrdersHandler, PluginHandler[OrderSource]):
    read_page = only_read(acting(OrdersHandler.read_page))

    def get_service(self) -> OrderSource:
        account = self.get_account()
        site = VintedSettings.read(account.settings).site
        return VintedOrders(client_for(account, self.link), account, site)
