"""django-q2's own pages: they tell of every tenant's work, so they are the installation's only.

They are read-only too. A message is nothing but a wake-up: sending one again by hand does nothing
that the timer would not do within a minute.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib import admin

from tasks.admin.base import PublicPage

import_module("django_q.admin")
for model in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class FailureAdmin(PublicPage[Any]):
    list_display = ("name", "func", "started", "stopped", "attempt_count")
    search_fields = ("name", "func")
    fields = ("name", "func", "started", "stopped", "attempt_count", "result")


class ScheduleAdmin(PublicPage[Any]):
    list_display = ("name", "func", "schedule_type", "next_run")
    search_fields = ("name",)
    fields = ("name", "func", "schedule_type", "minutes", "next_run", "repeats")


class MessageAdmin(PublicPage[Any]):
    list_display = ("id", "key", "lock")
    fields = ("key", "lock")


admin.site.register(apps.get_model("django_q", "Failure"), FailureAdmin)
admin.site.register(apps.get_model("django_q", "Schedule"), ScheduleAdmin)
admin.site.register(apps.get_model("django_q", "OrmQ"), MessageAdmin)
