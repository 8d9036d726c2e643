"""Whose shop an account is, where nobody has said so."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError, transaction

from marketplaces.connecting.connectors import Connector
from marketplaces.models import Account
from marketplaces.oauth import AccessTokens
from tasks.errors import StoFlowError


def learn(connector: Connector) -> None:
    """Ask for the accounts that were given a token by an operator: the tokens tell.

    Before somebody consents anew, because that may end them. No transaction may be open.
    """
    unknown = Account.objects.filter(marketplace=connector.marketplace, shop_id="")
    for account in unknown.exclude(refresh_token=""):
        try:
            shop = connector.shop(AccessTokens(account.pk, connector.app().tokens)())
        except StoFlowError:
            continue  # a token that works no more tells nothing
        with suppress(IntegrityError), transaction.atomic():
            unknown.filter(pk=account.pk).update(shop_id=shop.id)
