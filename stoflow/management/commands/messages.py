"""manage.py messages"""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Bring the message catalogues (stoflow/locale) in step with the code, compile them, and "
        "say what is left to translate. Exit code 1 while something is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            messages = import_module("stoflow.messages")
        except ModuleNotFoundError as error:
            raise CommandError(
                f"{error.name} is missing: it is one of the developers' tools."
            ) from error
        found = 0
        for language in messages.languages():
            if not options["check"]:
                messages.update(language)
            for fault in messages.faults(language):
                self.stdout.write(f"{language}: {fault}")
                found += 1
        if found:
            raise CommandError(f"{found} messages need attention.")
        self.stdout.write("Every language is complete.")
