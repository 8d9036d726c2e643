"""Whose shop an account is, where nobody has said so."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError, transaction

from marketplaces.connecting import claims
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
        with suppress(StoFlowError):  # a token that works no more tells nothing
            learn_of(connector, account)


def learn_of(connector: Connector, account: Account) -> None:
    """Ask for one that has a token and no shop; no transaction may be open.

    ShopTakenError when its shop is another seller's; another StoFlowError when the token does not
    tell. Where the seller has another account of the shop, it stays as it is.
    """
    shop = connector.shop(AccessTokens(account.pk, connector.app().tokens)())
    account.shop_id = shop.id
    with suppress(IntegrityError), transaction.atomic():
        if Account.objects.filter(pk=account.pk, shop_id="").update(shop_id=shop.id):
            claims.claim(account)
