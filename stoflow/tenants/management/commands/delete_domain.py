"""`manage.py delete_domain`, which is refused."""

from __future__ import annotations

from stoflow.tenants.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refused: sellers have no domains."
    why = (
        "StoFlow's sellers have no domains: their pages are at /t/, with the short name. "
        "Nothing has to be removed for it."
    )
