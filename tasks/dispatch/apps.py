from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete, post_migrate
from django.utils.translation import gettext_lazy


class DispatchConfig(AppConfig):
    name = "tasks.dispatch"
    label = "dispatch"
    verbose_name = gettext_lazy("Sellers")

    def ready(self) -> None:
        import_module("tasks.dispatch.checks")
        post_migrate.connect(_ensure_schedules, sender=self)
        post_delete.connect(_remove_lanes, sender=settings.TENANT_MODEL)


def _ensure_schedules(**_: Any) -> None:
    """A plain qcluster finds the timer's schedules even if run_workers never ran."""
    queue = import_module("tasks.dispatch.queue")
    tenancy = import_module("tasks.tenancy")
    if tenancy.current_schema() == tenancy.PUBLIC:
        queue.ensure_schedules()


def _remove_lanes(instance: Any, **_: Any) -> None:
    """With the seller, in one transaction: a worker that is there claims nothing more."""
    import_module("tasks.dispatch.lanes").remove_of(instance.schema_name)
