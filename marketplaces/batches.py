"""Starting work on many products at once, after asking whether the account can do it at all."""

from __future__ import annotations

from collections.abc import Sequence

from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.models import Account, Product
from tasks import requests
from tasks.handlers import handler_for
from tasks.models import Priority
from tasks.requests import RequestedBatch


def start_batch(
    account: Account,
    action: str,
    products: Sequence[Product],
    *,
    name: str,
    requested_by: str = "",
    priority: int = Priority.NORMAL,
) -> RequestedBatch:
    """Queue `action` for every product as one batch.

    Raises a PermanentError that lists everything the account lacks, before any job exists; asks
    the marketplace, so it must not be called inside a transaction.
    """
    handler = handler_for(account.marketplace, action)
    if products and issubclass(handler, DirectAPIJobHandler):
        handler.require_ready(account)
    return requests.start_batch(
        account, action, products, name=name, priority=priority, requested_by=requested_by
    )
