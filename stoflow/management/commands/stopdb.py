"""manage.py stopdb"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from stoflow import embedded_database


class Command(BaseCommand):
    help = (
        "Stop the embedded PostgreSQL. What runs on it loses its connection; nothing that was "
        "committed is lost, and the next command starts it again."
    )
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        if os.environ.get("DATABASE_URL"):
            self.stdout.write(
                "DATABASE_URL is set: StoFlow uses that server and has none of its own to stop."
            )
            return
        connections.close_all()
        embedded_database.stop(Path(settings.VAR_DIR) / "postgres")
        self.stdout.write("The embedded PostgreSQL has stopped.")
