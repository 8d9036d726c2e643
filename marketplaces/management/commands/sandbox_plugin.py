"""`manage.py sandbox_plugin`: the plugin of a seller's browser, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplaces.sandbox.vinted.plugin import command_line
from marketplaces.sandbox.vinted.plugin.command_line import PluginError
from marketplaces.sandbox.vinted.plugin.plugin import Status


class Command(BaseCommand):
    help = (
        "Be a seller's browser plugin for the sandbox's Vinted: sign in there, connect to StoFlow's "
        "plugin server, and carry out its commands until stopped. What it has begun and been "
        "answered outlives it, as in a browser; use one --state for each account."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        state = Path(settings.VAR_DIR) / "sandbox_plugin.sqlite3"
        command_line.add_arguments(parser, state=state)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            command_line.run(command_line.options_from(options), self._tell)
        except PluginError as error:
            raise CommandError(str(error)) from None

    def _tell(self, status: Status) -> None:
        self.stdout.write(status.text)
        self.stdout.flush()
