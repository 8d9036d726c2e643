"""`manage.py create_tenant seller1 --name "First seller"`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from stoflow.tenants.models import Tenant
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy


class Command(BaseCommand):
    help = "Make a seller, with a schema of their own. The short name is for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schema", help="the short name, such as seller1")
        parser.add_argument("--name", required=True, help="what staff call the seller")

    def handle(self, *_: Any, **options: Any) -> None:
        _require_tables(options["schema"])
        tenant = Tenant(schema_name=options["schema"], name=options["name"].strip())
        try:
            tenant.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        try:
            tenant.save(verbosity=0)
        except ShortNameError as error:
            raise CommandError(str(error), returncode=2) from None
        schema = tenant.schema_name
        self.stdout.write(f"Added: {tenant} ({schema}). Its pages are at /t/{schema}/admin/.")


def _require_tables(schema: str) -> None:
    try:
        tenancy.tenant_named(schema)
    except tenancy.NotMigratedError as error:
        raise CommandError(f"{error.message} {error.advice}", returncode=2) from None
    except tenancy.UnknownTenantError:
        return
