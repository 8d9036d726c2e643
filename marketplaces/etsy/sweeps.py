"""The jobs over a whole Etsy shop: synchronise, fetch orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.connection import client_for
from marketplaces.etsy.order_facts import facts_of
from marketplaces.etsy.shop import EtsyShop
from marketplaces.sync import OrderPage, OrdersHandler, OrderSource, SyncHandler, read_each
from marketplaces.sync.service import SyncService
from tasks.handlers import register


class EtsyOrders:
    """One account's orders."""

    first: dict[str, Any] = {"offset": 0}

    def __init__(self, client: EtsyClient, site: str) -> None:
        self.client = client
        self.site = site

    def page(self, since: datetime, position: Mapping[str, Any]) -> OrderPage:
        offset: int = position["offset"]
        total, receipts = self.client.receipts_page(int(since.timestamp()), offset)
        following = offset + self.client.page_size
        read, unreadable = read_each(partial(facts_of, each, self.site) for each in receipts)
        return OrderPage(
            orders=read,
            unreadable=tuple(unreadable),
            total=total,
            following={"offset": following} if receipts and following < total else None,
        )


@register
class EtsySyncHandler(SyncHandler, DirectAPIJobHandler[SyncService]):
    marketplace = "etsy"
    marketplace_name = "Etsy"
    lane_concurrency = 2
    reads_listings = False

    def get_service(self) -> SyncService:
        account = self.get_account()
        shop = EtsyShop(client_for(account))
        return SyncService(account, shop, settle_seconds=settings.ETSY["settle_seconds"])


@register
class EtsyOrdersHandler(OrdersHandler, DirectAPIJobHandler[OrderSource]):
    marketplace = "etsy"
    marketplace_name = "Etsy"
    lane_concurrency = 2

    def get_service(self) -> OrderSource:
        site = urlsplit(settings.ETSY["listing_url"]).netloc
        return EtsyOrders(client_for(self.get_account()), site)
