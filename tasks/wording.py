"""What codes of ours are called where a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, npgettext, override
from django.utils.translation import gettext_lazy as _

from tasks import handlers
from tasks.sentences import sentence, translated

Words = Mapping[str, Promise]

_NUMBER_AT_END = re.compile(r"\s+\d+(?:\s*/\s*\d+)?$")

ACTIONS: Mapping[str, str] = {
    "publish": sentence("Publish"),
    "update": sentence("Update"),
    "set_quantity": sentence("Set quantity"),
    "unpublish": sentence("Withdraw"),
    "delete": sentence("Delete"),
    "activate": sentence("Show again"),
    "archive": sentence("Archive"),
    "sync": sentence("Synchronise"),
    "orders": sentence("Fetch orders"),
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
    "go_on_account": _("Let an account's work go on"),
    "import": _("Import a catalogue"),
    "sync_intervals": _("Change an account's intervals"),
    "connect_account": _("Connect an account"),
    "disconnect_account": _("Disconnect an account"),
    "connect_plugin": _("Connect an account through the seller's browser"),
    "new_connection_code": _("Make a new connection code"),
    "revoke_plugin": _("Revoke a connection code"),
    "forget_member": _("Let an account forget its member"),
    "change_settings": _("Change an account's settings"),
    "make_location": _("Make an inventory location"),
    "put_back": _("Put pieces back in stock"),
    "settle_sale": _("Mark a sale as dealt with"),
}
"""What staff do, beside asking for one of the ACTIONS."""

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

JOB_STATUSES: Mapping[str, str] = {
    "PENDING": sentence("pending"),
    "RUNNING": sentence("running"),
    "COMPLETED": sentence("completed"),
    "FAILED": sentence("failed"),
    "CANCELLED": sentence("cancelled"),
    "EXPIRED": sentence("expired"),
}
"""Inside a sentence."""


# In a language of many forms the word follows the number.
_COUNTED: Mapping[str, Callable[[int], str]] = {
    "PENDING": lambda n: npgettext("number of jobs", "Waiting", "Waiting", n),
    "RUNNING": lambda n: npgettext("number of jobs", "Running", "Running", n),
    "COMPLETED": lambda n: npgettext("number of jobs", "Completed", "Completed", n),
    "FAILED": lambda n: npgettext("number of jobs", "Failed", "Failed", n),
    "CANCELLED": lambda n: npgettext("number of jobs", "Cancelled", "Cancelled", n),
    "EXPIRED": lambda n: npgettext("number of jobs", "Expired", "Expired", n),
}


def action_word(action: str) -> str:
    """The name of what a job does, e.g. “Withdraw” for unpublish."""
    return translated(action_in_english(action))


def action_in_english(action: str) -> str:
    """To be stored, inside a sentence or as one."""
    return ACTIONS.get(action) or _said(action)


def kind_word(kind: str) -> str:
    """The name of what a member of staff did."""
    return _word(KINDS, kind) if kind in KINDS else action_word(kind)


def done_words(kind: str, number: int) -> str:
    """What is said of so many objects that it was done to: asking for work only queues it."""
    if kind in ACTIONS:
        return ngettext("%(n)d job queued", "%(n)d jobs queued", number) % {"n": number}
    return ngettext("%(n)d done", "%(n)d done", number) % {"n": number}


def number_of_calls(least: int, most: int | None, *, about: bool = False) -> str:
    """“4 calls”, “4 to 6 calls”; “at least 4 calls” where nobody can tell how many (`most`: None)."""
    if most is None:
        text = _least_calls(least, about=about)
    elif most == least:
        text = (
            ngettext("about %(number)s call", "about %(number)s calls", least)
            if about
            else ngettext("%(number)s call", "%(number)s calls", least)
        )
    else:
        text = (
            gettext("about %(number)s to %(most)s calls")
            if about
            else gettext("%(number)s to %(most)s calls")
        )
    return text % {"number": number(least), "most": number(most or 0)}


def _least_calls(least: int, *, about: bool) -> str:
    if not least:
        return gettext("calls whose number shows only then")
    if about:
        return ngettext("at least about %(number)s call", "at least about %(number)s calls", least)
    return ngettext("at least %(number)s call", "at least %(number)s calls", least)


def kinds() -> list[tuple[str, str]]:
    """All that staff may have done, with its name."""
    return [(kind, kind_word(kind)) for kind in (*KINDS, *ACTIONS)]


def status_name(status: str) -> str:
    """A status that stands alone: in a column, on a label."""
    return _word(STATUSES, status)


def counted_status(status: str, number: int) -> str:
    """A status as what follows a number of jobs: “3 Failed”."""
    return _COUNTED[status](number)


def status_word(status: str) -> str:
    """A job's status as an English word inside a sentence that is stored."""
    return JOB_STATUSES[status]


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
    """What a job is about, as a sentence to be stored."""
    does, where = action_in_english(action), marketplace_name(marketplace)
    if not product:
        return sentence(
            "{action} the whole account on {marketplace}", action=does, marketplace=where
        )
    return sentence(
        "{action} “{product}” on {marketplace}", action=does, product=product, marketplace=where
    )


def account_words(name: str, marketplace: str) -> str:
    """Which account, as a sentence to be stored: accounts of two marketplaces may be named alike."""
    where = marketplace_name(marketplace)
    return sentence("the account “{account}” on {marketplace}", account=name, marketplace=where)


def number(count: int) -> str:
    """With a thin space between the thousands: 12 345."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def without_number(task_name: str) -> str:
    """What tasks of a kind have in common: “Upload image” of “Upload image 2/3”."""
    return _NUMBER_AT_END.sub("", task_name)


def scope_words(stored: str) -> str:
    """The filters of a list, stored in English, in the reader's language as far as they are ours."""
    return one_after_another(map(_part, stored.split("; "))) if stored else ""


def titled(title: str, text: str) -> str:
    """“Status: Failed”, with the colon as the reader's language writes it; the title may be ""."""
    if not (title and text):
        return title or text
    return gettext("%(title)s: %(text)s") % {"title": title, "text": text}


def one_after_another(texts: Iterable[str]) -> str:
    """“paused by Kim; waits until 12:00”, as the reader's language separates them."""
    return gettext("; ").join(filter(None, texts))


def batch_name(action: str, number: int, marketplace: str) -> str:
    """What a batch is called, as a sentence to be stored: “Publish 24 products on eBay”."""
    said = {"action": action_in_english(action), "marketplace": marketplace_name(marketplace)}
    if action == "delete" and number == 1:
        return sentence("{action} one listing on {marketplace}", **said)
    if action == "delete":
        return sentence("{action} {number} listings on {marketplace}", number=number, **said)
    if number == 1:
        return sentence("{action} one product on {marketplace}", **said)
    return sentence("{action} {number} products on {marketplace}", number=number, **said)


def _part(part: str) -> str:
    title, colon, value = part.partition(": ")
    if not (colon and value):
        return translated(part)
    return titled(gettext(title), _either_status(value) or gettext(value))


def statuses_in_words(statuses: Iterable[str]) -> str:
    """“Waiting, Running or Failed”."""
    return one_of(map(status_name, statuses))


def one_of(names: Iterable[str]) -> str:
    """“A, B or C”, as the reader's language says it."""
    *others, last = names
    if not others:
        return last
    return gettext("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last}


def _either_status(stored: str) -> str:
    """What `statuses_in_words` said in English, in the reader's language; "" when it is not that."""
    with override("en"):
        known = {str(name) for name in STATUSES.values()}
    names = re.split(r", | or ", stored)
    return one_of(map(gettext, names)) if known.issuperset(names) else ""


def _word(words: Words, code: str) -> str:
    return str(words[code]) if code in words else _said(code)


def _said(code: str) -> str:
    return code.replace("_", " ").capitalize()
