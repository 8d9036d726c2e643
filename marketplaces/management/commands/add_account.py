"""`manage.py add_account --schema S …`: a seller's connection to a marketplace, from a token."""

from __future__ import annotations

import json
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from marketplaces.connecting import claims, connector_for, shops
from marketplaces.connecting.errors import ShopTakenError
from marketplaces.models import Account
from marketplaces.sync import schedule
from tasks import handlers, tenancy
from tasks.dispatch import lanes
from tasks.errors import StoFlowError

_CHANGED = ("refresh_token", "access_token", "access_token_expires_at", "settings")


class Command(BaseCommand):
    help = (
        "Add an account to a seller, or give it a new refresh token. The token is asked for, or "
        "read from standard input; it is stored encrypted and never shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", required=True, help="the seller's schema")
        parser.add_argument("--marketplace", required=True, help="e.g. ebay")
        parser.add_argument("--name", required=True, help="how staff will call the account")
        parser.add_argument("--options", type=Path, help="a JSON file: policies, location …")

    def handle(self, *_: Any, **options: Any) -> None:
        known = sorted({marketplace for marketplace, _ in handlers.registered()})
        if options["marketplace"] not in known:
            raise CommandError(f"The marketplaces are: {', '.join(known)}.", returncode=2)
        settings = _settings(options["options"])
        try:
            tenant = tenancy.tenant_named(options["schema"])
        except StoFlowError as error:
            raise CommandError(error.message, returncode=2) from None
        token = _token()
        with tenancy.inside(tenant):
            self._save(options, settings, token)

    def _save(self, options: dict[str, Any], settings: dict[str, Any] | None, token: str) -> None:
        account, created = Account.objects.get_or_create(
            marketplace=options["marketplace"], name=options["name"]
        )
        former = {name: getattr(account, name) for name in _CHANGED}
        account.refresh_token, account.access_token = token, ""
        account.access_token_expires_at = None
        if settings is not None:
            account.settings = settings
        account.save()
        try:
            _require_free(account)
        except ShopTakenError as error:
            if created:
                account.delete()
            else:
                Account.objects.filter(pk=account.pk).update(**former)
            raise CommandError(f"{error.message} {error.advice}", returncode=2) from None
        lanes.consent_given(account.pk)
        schedule.ensure(account)
        self.stdout.write(f"{'Added' if created else 'Updated'}: {account}.")


def _require_free(account: Account) -> None:
    """The token tells whose shop it is; a marketplace that cannot be asked now keeps nobody."""
    if account.shop_id:
        with transaction.atomic():
            claims.claim(account)
        return
    connector = connector_for(account.marketplace)
    if connector is None or not connector.app().is_registered:
        return
    try:
        shops.learn_of(connector, account)
    except ShopTakenError:
        raise
    except StoFlowError:
        return


def _settings(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        settings = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as JSON: {error}.", returncode=2) from None
    if not isinstance(settings, dict):
        raise CommandError(f"{path} must hold a JSON object.", returncode=2)
    return settings


def _token() -> str:
    token = getpass("Refresh token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not token.strip():
        raise CommandError("A refresh token is needed.", returncode=2)
    return token.strip()
