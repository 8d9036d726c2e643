"""`manage.py clone_tenant`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: two sellers would have the same listings."
    why = (
        "StoFlow makes no copy of a seller: both would have the same listings and sign-ins. "
        "Make a seller with create_tenant, and import the catalogue."
    )
