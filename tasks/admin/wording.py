"""Statuses, actions and marketplaces in the words of a person."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.wording import action_word, marketplace_name

STATUSES: dict[str, Promise] = {
    "PENDING": gettext_lazy("Waiting"),
    "RUNNING": gettext_lazy("Running"),
    "COMPLETED": gettext_lazy("Completed"),
    "PARTIALLY_FAILED": gettext_lazy("Partly failed"),
    "FAILED": gettext_lazy("Failed"),
    "UNKNOWN": gettext_lazy("Outcome unknown"),
    "CANCELLED": gettext_lazy("Cancelled"),
    "EXPIRED": gettext_lazy("Expired"),
}


def status_words(status: str) -> str:
    return str(STATUSES.get(status, status.capitalize()))


def action_words(action: str) -> str:
    return action_word(action)


def marketplace_words(marketplace: str) -> str:
    return marketplace_name(marketplace)


def work_words(action: str, marketplace: str) -> str:
    """“Publish on eBay”."""
    return _("%(action)s on %(marketplace)s") % {
        "action": action_words(action),
        "marketplace": marketplace_words(marketplace),
    }
