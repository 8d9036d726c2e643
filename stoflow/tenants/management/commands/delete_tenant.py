"""`manage.py delete_tenant`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: a seller is removed step by step."
    why = (
        "StoFlow ends nothing at the marketplaces by itself when it forgets a seller, and jobs may run. "
        "Remove the seller as docs/operations.md says."
    )
