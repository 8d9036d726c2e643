"""`manage.py rename_schema`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: a short name is never changed."
    why = (
        "StoFlow's keys at the marketplaces are made of the short name, so it is never changed. "
        "Change the seller's name instead, in the admin."
    )
