from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = gettext_lazy("Work")
