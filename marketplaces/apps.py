"""Finds the marketplaces: every folder beside this file that has parts which register themselves."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

ADMIN = "marketplaces.admin"
"""No marketplace, and much to load for a worker, who shows no page."""


class MarketplacesConfig(AppConfig):
    name = "marketplaces"
    verbose_name = gettext_lazy("Catalogue")

    def ready(self) -> None:
        from marketplaces.catalogue_import import uploads  # noqa: PLC0415 - has models
        from tasks import cleanup  # noqa: PLC0415

        cleanup.also_delete(
            "Catalogue files that were uploaded", lambda dry: uploads.forget_old(dry_run=dry)
        )
        import_module("marketplaces.connecting.claims")
        for module in iter_modules([self.path], prefix=f"{self.name}."):
            if not module.ispkg or module.name == ADMIN:
                continue
            for part in ("handlers", "sweeps", "connector", "checks"):
                if find_spec(f"{module.name}.{part}") is not None:
                    import_module(f"{module.name}.{part}")
