"""Asking a marketplace what a connected shop offers and what it lacks, and keeping the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from marketplaces.connecting.connectors import Choices, Marketplace
from marketplaces.models import Account


def check(marketplace: Marketplace, account: Account) -> list[str]:
    """What is missing before the first publication, as sentences; kept on the account.

    Where the marketplace offers one thing only, and nothing is chosen, that is chosen. No
    transaction may be open; errors of `tasks.errors` when the marketplace cannot be asked.
    """
    choices = marketplace.choices(account)
    only = {name: offered[0][0] for name, offered in choices.items() if len(offered) == 1}
    account.settings = filled(account.settings, only)
    missing = marketplace.missing(account)
    _keep(account, only, choices, missing)
    return missing


def filled(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` with `values` where nothing is chosen yet."""
    empty = {name: value for name, value in values.items() if not settings.get(name)}
    return {**settings, **empty}


def _keep(account: Account, only: Mapping[str, Any], choices: Choices, missing: list[str]) -> None:
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        row.settings = filled(row.settings, only)
        row.found = {
            "choices": {
                name: [list(each) for each in offered] for name, offered in choices.items()
            },
            "missing": missing,
        }
        row.checked_at = Now()
        row.save(update_fields=["settings", "found", "checked_at"])
    account.refresh_from_db(fields=["settings", "found", "checked_at"])
