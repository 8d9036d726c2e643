"""From a refresh token that an operator has at hand to an account that works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplaces import oauth
from marketplaces.connecting import consented, shops
from marketplaces.connecting.connectors import Connector, Shop
from marketplaces.connecting.consented import Connected, Consent
from marketplaces.connecting.errors import ConnectingError, NotRegisteredError, OtherShopError
from marketplaces.models import Account
from tasks.dispatch import queue
from tasks.errors import StoFlowError
from tasks.sentences import sentence
from tasks.tenancy import current_schema

_AGAIN = sentence(
    "Nothing was changed. Try again when that is mended; with a new token where each works only "
    "once, as at Etsy."
)


def connect(
    connector: Connector,
    *,
    name: str,
    token: str,
    by: str,
    settings: Mapping[str, Any] | None = None,
) -> Connected:
    """Ask whose shop the token is, and keep it on the account of this name, a new one if need be.

    No transaction may be open. `settings` replace the account's. A ConnectingError says why nothing
    was changed: above all, that it is another shop than the account's, or connected already.
    """
    _require_registered(connector)
    shops.learn(connector)
    consent = _consent(connector, name, token)
    _require_named(connector, settings or {}, consent.shop)
    account = Account.objects.filter(marketplace=connector.marketplace, name=name).first()
    if account is not None:
        consented.require_same_shop(connector, account, consent.shop, consent.grant.access_token)
    try:
        connected = _stored(connector, name, consent, by, settings)
    except IntegrityError as error:
        raise ConnectingError(
            sentence("Somebody connected the same shop at this moment."), advice=_AGAIN
        ) from error
    queue.wake_workers()
    return connected


def _require_registered(connector: Connector) -> None:
    """Where the seller is sent back to is of no matter here."""
    if not connector.app().tokens.client_id:
        raise NotRegisteredError(
            sentence(
                "StoFlow is not registered at {marketplace} yet.",
                marketplace=connector.marketplace_name,
            )
        )


def _consent(connector: Connector, name: str, token: str) -> Consent:
    try:
        return _asked_for(connector, name, token)
    except ConnectingError:
        raise
    except StoFlowError as error:
        # Nobody tries again by itself here, whatever the error's own advice says.
        raise ConnectingError(error.message, advice=_AGAIN, evidence=error.evidence) from error


def _asked_for(connector: Connector, name: str, token: str) -> Consent:
    asked_at = timezone.now()
    renewal = connector.app().tokens.renewal(token, f"{current_schema()}/{connector.marketplace}")
    response = oauth.answer_of(renewal, name)
    if not response.is_success:
        if (refused := oauth.refusal_of_application(response, name)) is not None:
            raise refused
        raise ConnectingError(
            sentence(
                "{marketplace} does not accept this token ({reason}).",
                marketplace=connector.marketplace_name,
                reason=oauth.reason_of(response)[:100],
            ),
            advice=sentence("Nothing was changed. Get another token, or connect it in the admin."),
        )
    return consented.read(connector, response, asked_at=asked_at, former=token)


def _require_named(connector: Connector, settings: Mapping[str, Any], shop: Shop) -> None:
    """The options may say which shop they are for."""
    named = settings.get("shop_id")
    if named and str(named) != shop.id:
        raise OtherShopError(
            sentence(
                "The options are for the shop {named} at {marketplace}, and the token is that of "
                "“{shop}” ({shop_id}). Nothing was changed.",
                named=str(named)[:100],
                marketplace=connector.marketplace_name,
                shop=shop.name,
                shop_id=shop.id,
            )
        )


@transaction.atomic
def _stored(
    connector: Connector,
    name: str,
    consent: Consent,
    by: str,
    settings: Mapping[str, Any] | None,
) -> Connected:
    accounts = Account.objects.select_for_update(no_key=True).filter(
        marketplace=connector.marketplace
    )
    same_shop = accounts.filter(shop_id=consent.shop.id).exclude(name=name).first()
    if same_shop is not None:
        raise consented.connected_already(consent.shop, same_shop)
    account = accounts.filter(name=name).first()
    is_new = account is None
    account = account or Account(marketplace=connector.marketplace, name=name)
    consented.store(connector, account, consent, by=by, settings=settings)
    return Connected(account, is_new)
