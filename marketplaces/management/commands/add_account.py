"""`manage.py add_account --schema S …`: a seller's connection to a marketplace, from a token."""

from __future__ import annotations

import json
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplaces.connecting import by_token, connector_for, marketplace_for
from marketplaces.connecting.consented import Connected
from marketplaces.connecting.errors import ConnectingError
from marketplaces.models import Account
from marketplaces.sync import schedule
from tasks import handlers, tenancy
from tasks.dispatch import lanes
from tasks.errors import StoFlowError
from tasks.management.arguments import operator

_LONGEST_NAME = 200


class Command(BaseCommand):
    help = (
        "Add an account to a seller, or give it a new refresh token. The token is asked for, or "
        "read from standard input; it is stored encrypted and never shown. The marketplace is "
        "asked whose it is: an account never becomes another shop."
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
        if not 0 < len(options["name"].strip()) <= _LONGEST_NAME:
            raise CommandError(f"A name has 1 to {_LONGEST_NAME} letters.", returncode=2)
        settings = _settings(options["options"])
        try:
            tenant = tenancy.tenant_named(options["schema"])
        except StoFlowError as error:
            raise CommandError(error.message, returncode=2) from None
        if (known_one := marketplace_for(options["marketplace"])) and not known_one.has_consent:
            raise CommandError(
                f"{known_one.marketplace_name} has no tokens: a manager connects it in the admin.",
                returncode=2,
            )
        token = _token()
        with tenancy.inside(tenant):
            connected = _connect(options["marketplace"], options["name"].strip(), token, settings)
            schedule.ensure(connected.account)
            done = "Added" if connected.is_new else "Updated"
            self.stdout.write(f"{done}: {connected.account}.")


def _connect(marketplace: str, name: str, token: str, settings: dict[str, Any] | None) -> Connected:
    connector = connector_for(marketplace)
    if connector is None:
        return _saved(marketplace, name, token, settings)
    try:
        return by_token.connect(
            connector, name=name, token=token, by=f"{operator()} (add_account)", settings=settings
        )
    except ConnectingError as error:
        raise CommandError(f"{error.message} {error.advice}", returncode=2) from None


def _saved(marketplace: str, name: str, token: str, settings: dict[str, Any] | None) -> Connected:
    """At a marketplace that says nothing about its accounts."""
    values: dict[str, Any] = {
        "refresh_token": token,
        "access_token": "",
        "access_token_expires_at": None,
    }
    if settings is not None:
        values["settings"] = settings
    account, is_new = Account.objects.update_or_create(
        marketplace=marketplace, name=name, defaults=values
    )
    lanes.consent_given(account.pk)
    return Connected(account, is_new)


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
