"""manage.py run_plugin_server"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.checks import Tags
from django.core.management.base import BaseCommand

from marketplaces.vinted.plugin.protocol import LONGEST_MESSAGE


class Command(BaseCommand):
    help = (
        "Serve the plugins of sellers' browsers (Vinted) until stopped. Run as many as you like "
        "on the same database; TLS is ended by the proxy in front."
    )
    # Settings that do not fit together; the pages, which are not served here, are not loaded.
    requires_system_checks = (Tags.compatibility,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, *_: Any, **options: Any) -> None:
        uvicorn.run(
            "stoflow.asgi:application",
            host=options["host"],
            port=options["port"],
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=LONGEST_MESSAGE,
            timeout_graceful_shutdown=5,
            log_level="warning",
        )
