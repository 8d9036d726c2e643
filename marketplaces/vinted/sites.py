"""The sites of Vinted on which an account can sell: those that the plugin may run on."""

from __future__ import annotations

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from marketplaces.connecting.fields import Label, Options
from marketplaces.models import Account

SITES: Options = (
    ("www.vinted.at", _("Austria")),
    ("www.vinted.be", _("Belgium")),
    ("www.vinted.hr", _("Croatia")),
    ("www.vinted.cz", _("Czechia")),
    ("www.vinted.dk", _("Denmark")),
    ("www.vinted.fi", _("Finland")),
    ("www.vinted.fr", _("France")),
    ("www.vinted.de", _("Germany")),
    ("www.vinted.gr", _("Greece")),
    ("www.vinted.hu", _("Hungary")),
    ("www.vinted.ie", _("Ireland")),
    ("www.vinted.it", _("Italy")),
    ("www.vinted.lt", _("Lithuania")),
    ("www.vinted.lu", _("Luxembourg")),
    ("www.vinted.nl", _("Netherlands")),
    ("www.vinted.pl", _("Poland")),
    ("www.vinted.pt", _("Portugal")),
    ("www.vinted.ro", _("Romania")),
    ("www.vinted.sk", _("Slovakia")),
    ("www.vinted.es", _("Spain")),
    ("www.vinted.se", _("Sweden")),
    ("www.vinted.co.uk", _("United Kingdom")),
    ("www.vinted.com", _("United States")),
)


def offered() -> list[tuple[str, Label]]:
    """Hosts with their country; the installation's own, where it plays Vinted itself, comes first."""
    shown: list[tuple[str, Label]] = [
        (host, format_lazy("{} · {}", country, host)) for host, country in SITES
    ]
    own = usual()
    return shown if own in dict(SITES) else [(own, own), *shown]


def site_of(account: Account) -> str:
    """Where the account lists: a host, of a stand-in with its port."""
    return str(account.settings.get("site") or usual())


def usual() -> str:
    """The one that is offered first."""
    return str(settings.VINTED["site"])
