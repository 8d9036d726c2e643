"""Finds the marketplaces: the folders beside this file that have `handlers`, or a `connector`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class MarketplacesConfig(AppConfig):
    name = "marketplaces"
    verbose_name = gettext_lazy("Catalogue")

    def ready(self) -> None:
        for module in iter_modules([self.path], prefix=f"{self.name}."):
            for part in ("handlers", "connector"):
                if module.ispkg and find_spec(f"{module.name}.{part}") is not None:
                    import_module(f"{module.name}.{part}")
