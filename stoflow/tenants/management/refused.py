"""Commands that django-tenants brings along and that would break what StoFlow promises."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


class RefusedCommand(BaseCommand):
    """Takes any arguments, does nothing, and says what to do in its place."""

    why = ""
    """Two sentences: why not, and what to do."""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = lambda args=None, namespace=None: parser.parse_known_args(  # type: ignore[method-assign,assignment]
            args, namespace
        )[0]
        return parser

    def handle(self, *_: Any, **__: Any) -> NoReturn:
        raise CommandError(self.why, returncode=2)
