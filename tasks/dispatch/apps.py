from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "tasks.dispatch"
    label = "dispatch"
