"""Everything that the demo needs to exist before it starts; a second run finds it all there."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from marketplaces.catalogue_import import ImportReport, import_catalogue
from stoflow.tenants.models import Tenant

SCHEMA = "demo"
USERNAME = "demo"
SAMPLE = Path(settings.BASE_DIR) / "marketplaces" / "sample_catalogue" / "catalogue.csv"


def migrate() -> None:
    """Bring every schema up to date."""
    call_command("migrate_schemas", "--shared", verbosity=0)
    call_command("migrate_schemas", "--tenant", verbosity=0)


def tenant() -> Tenant:
    """The demo's seller, made on the first run."""
    known: Tenant | None = Tenant.objects.filter(schema_name=SCHEMA).first()
    if known is None:
        known = Tenant(schema_name=SCHEMA, name="Demo seller")
        known.save(verbosity=0)
    return known


def staff_login() -> str:
    """A staff login for this run; returns its password, new each time."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(
        username=USERNAME, defaults={"is_staff": True, "is_superuser": True}
    )
    user.set_password(password)
    user.save()
    return password


def catalogue(path: Path | None) -> ImportReport:
    """Import the user's file, or the sample."""
    return import_catalogue(path or SAMPLE)
