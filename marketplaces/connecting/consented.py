"""What a marketplace has granted: whose shop that is, and keeping it on the right account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from marketplaces import http
from marketplaces.connecting import claims
from marketplaces.connecting.checking import filled
from marketplaces.connecting.connectors import Connector, Shop
from marketplaces.connecting.errors import (
    ConnectingError,
    OtherShopError,
    ScopesMissingError,
)
from marketplaces.grants import Grant
from marketplaces.models import Account, Listing, Order
from marketplaces.oauth import granted_by
from tasks import staff_actions
from tasks.dispatch import lanes
from tasks.errors import StoFlowError
from tasks.models import StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.wording import account_words

KIND = "connect_account"
_LOOKED_AT = 10
"""Listings, the newest first: some may be gone from the marketplace, hardly all."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What has become of it."""

    account: Account
    is_new: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """What the marketplace gave, and for whom."""

    grant: Grant
    ends_at: datetime
    shop: Shop


def read(
    connector: Connector, response: http.Response, *, asked_at: datetime, former: str = ""
) -> Consent:
    """What a successful answer of the token endpoint is worth; asks whose shop it is.

    `former` is the refresh token that stays in force when the answer has none. ConnectingErrors when
    the answer is not enough, other errors of `tasks.errors` when nobody can tell.
    """
    grant = granted_by(response)
    grant = replace(grant, refresh_token=grant.refresh_token or former)
    _require_scopes(connector, grant)
    if not grant.refresh_token:
        raise ConnectingError(
            sentence(
                "{marketplace} gave a sign-in that cannot be renewed.",
                marketplace=connector.marketplace_name,
            )
        )
    ends_at = asked_at + timedelta(seconds=grant.lifetime)
    return Consent(grant, ends_at, connector.shop(grant.access_token))


def require_same_shop(
    connector: Connector, account: Account, shop: Shop, access_token: str
) -> None:
    """OtherShopError when the account is another shop than the token's; may ask the marketplace."""
    account.refresh_from_db(fields=["shop_id", "settings"])
    if account.shop_id == shop.id:
        return
    if not account.shop_id and _may_be_the_shop_of(connector, account, shop, access_token):
        return
    raise _other_shop(connector, account, shop)


@transaction.atomic
def store(
    connector: Connector,
    account: Account,
    consent: Consent,
    *,
    by: str,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Keep it on the account, which may be new; the shop becomes the seller's, and the lane goes on.

    `settings` replace the account's. ShopTakenError when the shop is another seller's,
    OtherShopError when the account has become another one meanwhile, IntegrityError when another
    account has the shop or the name.
    """
    if account.shop_id not in ("", consent.shop.id):
        raise _other_shop(connector, account, consent.shop)
    account.shop_id = consent.shop.id
    account.access_token = consent.grant.access_token
    account.access_token_expires_at = consent.ends_at
    account.refresh_token = consent.grant.refresh_token
    chosen = account.settings if settings is None else settings
    account.settings = filled(chosen, consent.shop.settings)
    account.save()
    claims.claim(account)
    _record(account, by)
    lanes.ensure(account.pk, marketplace=account.marketplace, name=account.name)
    lanes.consent_given(account.pk)


def connected_already(shop: Shop, account: Account) -> OtherShopError:
    """The seller has the shop, as another account."""
    return OtherShopError(
        sentence(
            "The shop “{shop}” is connected already, as “{account}”.",
            shop=shop.name,
            account=account.name,
        )
    )


def _require_scopes(connector: Connector, grant: Grant) -> None:
    granted = grant.scopes
    if granted is None:
        granted = connector.scopes_of(grant.access_token)
    lacking = [] if granted is None else [each for each in connector.scopes if each not in granted]
    if lacking:
        raise ScopesMissingError(
            sentence(
                "The seller agreed to less than StoFlow needs at {marketplace}; missing: {scopes}.",
                marketplace=connector.marketplace_name,
                scopes=", ".join(each.rpartition("/")[2] for each in lacking),
            )
        )


def _other_shop(connector: Connector, account: Account, shop: Shop) -> OtherShopError:
    words = {
        "marketplace": connector.marketplace_name,
        "shop": shop.name,
        "account": account.name,
    }
    return OtherShopError(
        sentence(
            "This sign-in at {marketplace} is that of “{shop}”, which is another shop than "
            "“{account}”. Nothing was changed: its listings stay where they are.",
            **words,
        )
        if account.shop_id
        else sentence(
            "“{account}” has listings or orders at {marketplace}, and nothing shows that they are "
            "those of “{shop}”, as which somebody signed in. Nothing was changed.",
            **words,
        )
    )


def _may_be_the_shop_of(
    connector: Connector, account: Account, shop: Shop, access_token: str
) -> bool:
    """Of an account whose token died before it said whose it is: what else tells."""
    if named := account.settings.get("shop_id"):
        return str(named) == shop.id
    listed = Listing.objects.filter(account=account).exclude(external_id="").order_by("-pk")
    if not listed.exists():
        return not Order.objects.filter(account=account).exists()
    try:
        return connector.has_one_of(access_token, account, list(listed[:_LOOKED_AT]))
    except StoFlowError as error:
        raise ConnectingError(error.message, evidence=error.evidence) from error


def _record(account: Account, by: str) -> None:
    words = account_words(account.name, account.marketplace)
    wish = Wish(KIND, by=by, scope_words=words, scope={"account": account.pk}, expected=1)
    action, _is_new = staff_actions.begin(wish)
    line = StaffActionOutcome(
        account_id=account.pk,
        subject=words,
        done=True,
        sentence=sentence("The seller has consented; the account works."),
    )
    staff_actions.record(action, [line])
