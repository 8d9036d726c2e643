"""`manage.py create_tenant_superuser`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: people are the installation's."
    why = (
        "StoFlow's people are those of the installation, not of one seller. "
        "Use createsuperuser, or give a person a membership in the admin."
    )
