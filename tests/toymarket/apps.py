from importlib import import_module

from django.apps import AppConfig


class ToyMarketConfig(AppConfig):
    name = "tests.toymarket"

    def ready(self) -> None:
        import_module("tests.toymarket.handlers")
