"""`manage.py create_missing_schemas`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: an empty schema counts its products from 1 again."
    why = (
        "StoFlow makes no schema anew: it would be empty, and its keys those of listings that are live. "
        "Restore the schema from a backup, or remove the seller (docs/operations.md)."
    )
