"""What codes of ours are called where a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tasks import handlers

Words = Mapping[str, Promise]

ACTIONS: Words = {
    "publish": _("Publish"),
    "update": _("Update"),
    "unpublish": _("Withdraw"),
    "withdraw": _("Withdraw"),
    "delete": _("Delete"),
    "activate": _("Show again"),
    "archive": _("Archive"),
    "sync": _("Synchronise"),
    "orders_sync": _("Fetch orders"),
}
"""What a job does; a marketplace may have others."""

KINDS: Words = {
    "retry": _("Retry"),
    "cancel": _("Cancel"),
    "pause": _("Pause"),
    "resume": _("Resume"),
    "answer": _("Answer a question"),
    "pause_account": _("Pause an account's work"),
    "resume_account": _("Resume an account's work"),
    "import": _("Import a catalogue"),
    **ACTIONS,
}
"""What staff do."""

STATUSES: Words = {
    "PENDING": _("Waiting"),
    "RUNNING": _("Running"),
    "COMPLETED": _("Completed"),
    "PARTIALLY_FAILED": _("Partly failed"),
    "FAILED": _("Failed"),
    "UNKNOWN": _("Outcome unknown"),
    "CANCELLED": _("Cancelled"),
    "EXPIRED": _("Expired"),
}
"""Of jobs, batches and tasks, standing alone."""

JOB_STATUSES: Words = {
    "PENDING": _("pending"),
    "RUNNING": _("running"),
    "COMPLETED": _("completed"),
    "FAILED": _("failed"),
    "CANCELLED": _("cancelled"),
    "EXPIRED": _("expired"),
}
"""Inside a sentence."""


def action_word(action: str) -> str:
    """The name of what a job does, e.g. “Withdraw” for unpublish."""
    return _word(ACTIONS, action)


def kind_word(kind: str) -> str:
    """The name of what a member of staff did."""
    return _word(KINDS, kind)


def status_name(status: str) -> str:
    """A status that stands alone: in a column, on a label."""
    return _word(STATUSES, status)


def status_word(status: str) -> str:
    """A job's status as a word inside a sentence."""
    return str(JOB_STATUSES[status])


def marketplace_name(marketplace: str) -> str:
    """As the marketplace writes itself; its handlers say so."""
    return handlers.name_of(marketplace) or marketplace.capitalize()


def work_name(action: str, marketplace: str) -> str:
    """What a job does and where: “Publish on eBay”."""
    return gettext("%(action)s on %(marketplace)s") % {
        "action": action_word(action),
        "marketplace": marketplace_name(marketplace),
    }


def subject_of(marketplace: str, action: str, product: str) -> str:
    """What a job is about, in one line."""
    words = {
        "action": action_word(action),
        "product": product,
        "marketplace": marketplace_name(marketplace),
    }
    if not product:
        return gettext("%(action)s the whole account on %(marketplace)s") % words
    return gettext("%(action)s “%(product)s” on %(marketplace)s") % words


def _word(words: Words, code: str) -> str:
    return str(words[code]) if code in words else code.replace("_", " ").capitalize()
