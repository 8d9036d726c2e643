"""What a person fills in to connect an account through the seller's browser."""

from __future__ import annotations

from typing import Self
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplaces.models import Account
from marketplaces.vinted import sites, terms


class ConnectForm(forms.Form):
    """Name, site and the box; the key makes the same form, sent twice, one account."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=Account._meta.get_field("name").max_length,
        label=_("Name of the account"),
        help_text=_("As you will find it in lists, such as the member's name at Vinted."),
        widget=forms.TextInput({"autocomplete": "off", "class": "sf-input"}),
    )
    site = forms.ChoiceField(
        choices=sites.offered,
        label=_("Vinted's site"),
        help_text=_("The one on which the seller is a member."),
        widget=forms.Select({"class": "sf-input"}),
    )
    agreed = forms.BooleanField(
        label=terms.AGREEMENT,
        error_messages={"required": _("Without this, nothing is connected.")},
    )

    @classmethod
    def fresh(cls) -> Self:
        """With a key of its own, and the installation's site."""
        return cls(initial={"key": uuid4(), "site": sites.usual()})
