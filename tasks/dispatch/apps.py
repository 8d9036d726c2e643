from importlib import import_module

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "tasks.dispatch"
    label = "dispatch"

    def ready(self) -> None:
        import_module("tasks.dispatch.checks")
