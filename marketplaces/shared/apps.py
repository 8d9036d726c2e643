from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class SharedConfig(AppConfig):
    name = "marketplaces.shared"
    label = "shared"
    verbose_name = gettext_lazy("Marketplaces")
