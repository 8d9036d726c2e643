"""The jobs over a whole eBay account: synchronise, fetch orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.client import EbayClient
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.order_facts import facts_of
from marketplaces.ebay.shop import EbayShop
from marketplaces.ebay.shop_reads import ShopReads
from marketplaces.sync import OrderPage, OrdersHandler, OrderSource, SyncHandler, read_each
from marketplaces.sync.service import SyncService
from tasks.handlers import register


class EbayOrders:
    """One account's orders."""

    first: dict[str, Any] = {"offset": 0}

    def __init__(self, reads: ShopReads, site: str) -> None:
        self.reads = reads
        self.site = site

    def page(self, since: datetime, position: Mapping[str, Any]) -> OrderPage:
        offset: int = position["offset"]
        page = self.reads.orders(since, offset)
        read, unreadable = read_each(partial(facts_of, order, self.site) for order in page.orders)
        return OrderPage(
            orders=read,
            unreadable=tuple(unreadable),
            total=page.total,
            following={"offset": offset + self.reads.orders_a_page} if page.has_next else None,
        )


@register
class EbaySyncHandler(SyncHandler, DirectAPIJobHandler[SyncService]):
    marketplace = "ebay"
    marketplace_name = "eBay"
    lane_concurrency = 2

    def get_service(self) -> SyncService:
        account = self.get_account()
        client = client_for(account)
        shop = EbayShop(account, client, reads_with(client))
        return SyncService(account, shop, settle_seconds=settings.EBAY["settle_seconds"])


@register
class EbayOrdersHandler(OrdersHandler, DirectAPIJobHandler[OrderSource]):
    marketplace = "ebay"
    marketplace_name = "eBay"
    lane_concurrency = 2

    def get_service(self) -> OrderSource:
        account = self.get_account()
        host = EbaySettings.read(account.settings).listing_url.split("/")[2]
        return EbayOrders(reads_with(client_for(account)), host)


def reads_with(client: EbayClient) -> ShopReads:
    return ShopReads(
        client.calls,
        client.urls.inventory,
        settings.EBAY["fulfillment_url"].rstrip("/"),
        items_a_page=settings.EBAY["items_a_page"],
        orders_a_page=settings.EBAY["orders_a_page"],
    )
