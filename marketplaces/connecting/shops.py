"""Whose shop an account is, where nobody has said so."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError, transaction

from marketplaces.connecting import claims, consented
from marketplaces.connecting.checking import filled
from marketplaces.connecting.connectors import Connector, Shop
from marketplaces.models import Account
from marketplaces.oauth import AccessTokens
from tasks.errors import StoFlowError


def learn(connector: Connector) -> None:
    """Ask for the accounts that have a token and no shop: the tokens tell.

    Before somebody consents anew, because that may end them. No transaction may be open. An account
    stays as it is when its token tells nothing, or tells of a shop that cannot be its own.
    """
    unknown = Account.objects.filter(marketplace=connector.marketplace, shop_id="")
    for account in unknown.exclude(refresh_token=""):
        with suppress(StoFlowError):  # a token that works no more tells nothing
            _learn_of(connector, account)


def _learn_of(connector: Connector, account: Account) -> None:
    token = AccessTokens(account.pk, connector.app().tokens)()
    shop = connector.shop(token)
    consented.require_same_shop(connector, account, shop, token)
    with suppress(IntegrityError):  # the seller has another account of the shop
        _keep(account, shop)


@transaction.atomic
def _keep(account: Account, shop: Shop) -> None:
    accounts = Account.objects.select_for_update(no_key=True)
    row = accounts.filter(pk=account.pk, shop_id="").first()
    if row is None:
        return
    row.shop_id = shop.id
    row.settings = filled(row.settings, shop.settings)
    row.save(update_fields=["shop_id", "settings", "updated_at"])
    claims.claim(row)
