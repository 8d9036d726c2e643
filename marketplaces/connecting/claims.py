"""A shop belongs to one seller of the installation: whoever claimed it first (docs/adr/0048).

Within a seller's schema `one_account_per_shop` decides, so a seller's own claim is always theirs to
take again. A claim is made in the transaction that writes `Account.shop_id`, after it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.models.signals import post_delete
from django.dispatch import receiver

from marketplaces.connecting.connectors import connected_accounts
from marketplaces.connecting.errors import ShopTakenError
from marketplaces.models import Account
from marketplaces.shared.models import ShopClaim
from tasks import tenancy
from tasks.dispatch import timer
from tasks.sentences import sentence
from tasks.tenancy import current_schema

logger = logging.getLogger(__name__)

_TAKEN = sentence("This shop is connected for another seller of this installation already.")


def claim(account: Account) -> None:
    """Its shop is the current tenant's, as this account. ShopTakenError when it is another one's.

    Runs in the caller's transaction, which ends soon: whoever claims the same shop waits for it.
    """
    mine: dict[str, Any] = {
        "schema_name": current_schema(),
        "account_id": account.pk,
        "claimed_at": Now(),
    }
    held, is_new = ShopClaim.objects.select_for_update().get_or_create(
        marketplace=account.marketplace, shop_id=account.shop_id, defaults=mine
    )
    if is_new:
        return
    if held.schema_name != current_schema() and _is_there(held.schema_name):
        _log_taken(account, held)
        raise ShopTakenError(_TAKEN)
    ShopClaim.objects.filter(pk=held.pk).update(**mine)


def give_back(account_id: int) -> None:
    """The account of the current tenant has no shop any more; in the caller's transaction."""
    _ours().filter(account_id=account_id).delete()


def of_others(marketplace: Any, shop_id: Any) -> QuerySet[ShopClaim]:
    """What another seller who is there has claimed; also as a subquery, by `OuterRef`s."""
    claims: QuerySet[ShopClaim] = ShopClaim.objects.filter(
        marketplace=marketplace, shop_id=shop_id, schema_name__in=tenancy.schema_names()
    )
    return claims.exclude(schema_name=current_schema())


def is_anothers(marketplace: str, shop_id: str) -> bool:
    """Whether a shop is another seller's."""
    return of_others(marketplace, shop_id).exists()


def warning_of(account: Account) -> str:
    """What its page says, in sentences; "" while its shop is no other seller's."""
    if not account.shop_id or not is_anothers(account.marketplace, account.shop_id):
        return ""
    if not connected_accounts().filter(pk=account.pk).exists():
        return ""  # it was disconnected here, for the other one
    return f"{_TAKEN} {ShopTakenError.default_advice}"


@timer.at_reconcile
def reconcile() -> None:
    """Claim what was connected before there were claims, and give back what no account has."""
    claims = list(_ours())
    accounts = list(
        connected_accounts().exclude(shop_id="").order_by("pk").only("marketplace", "shop_id")
    )
    had = {(each.marketplace, each.shop_id, each.pk) for each in accounts}
    held = {(each.marketplace, each.shop_id, each.account_id): each for each in claims}
    for key, stale in held.items():
        if key not in had:
            # Unless it was claimed again since it was read.
            _ours().filter(pk=stale.pk, claimed_at=stale.claimed_at).delete()
    for account in accounts:
        if (account.marketplace, account.shop_id, account.pk) not in held:
            _claim_if_free(account)


def _claim_if_free(account: Account) -> None:
    still = (
        connected_accounts()
        .select_for_update(no_key=True)
        .filter(pk=account.pk, shop_id=account.shop_id)
    )
    with suppress(ShopTakenError), transaction.atomic():
        if (same := still.first()) is not None:
            claim(same)


@receiver(post_delete, sender=Account)
def _account_deleted(instance: Account, **_: Any) -> None:
    give_back(instance.pk)


@receiver(post_delete, sender=settings.TENANT_MODEL)
def _tenant_deleted(instance: tenancy.TenantLike, **_: Any) -> None:
    ShopClaim.objects.filter(schema_name=instance.schema_name).delete()


def _log_taken(account: Account, held: ShopClaim) -> None:
    """For the operators, who may know of all sellers."""
    logger.warning(
        "connecting.shop_taken schema=%s account=%s marketplace=%s shop=%s holder=%s/%s",
        current_schema(),
        account.pk,
        account.marketplace,
        account.shop_id,
        held.schema_name,
        held.account_id,
    )


def _ours() -> QuerySet[ShopClaim]:
    return ShopClaim.objects.filter(schema_name=current_schema())


def _is_there(schema_name: str) -> bool:
    return bool(tenancy.schema_names().filter(schema_name=schema_name).exists())
