"""What an account of Vinted can be set to; it is connected through the seller's own browser."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from marketplaces.connecting import (
    Choice,
    Choices,
    Field,
    Found,
    Marketplace,
    Table,
    Text,
    register,
)
from marketplaces.connecting.fields import Options, Rule
from marketplaces.models import Account
from marketplaces.sales import sells_single_pieces
from marketplaces.vinted import readiness, sites
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.plugin import commands
from tasks import cleanup, handlers

_CATEGORY = Rule(r"[1-9][0-9]{0,9}", _("A category is its number at Vinted, such as 221."))
_NUMBER = Rule(r"[1-9][0-9]{0,9}", _("Give its number at Vinted."))
_FACTOR = Rule(r"[0-9]{1,2}(\.[0-9]{1,4})?", _("Give a number such as 1.10."))
_ENDING = Rule(r"0\.[0-9]{1,2}", _("Give a number such as 0.90."))
_CONDITIONS: Options = (
    ("6", _("New with tags")),
    ("1", _("New without tags")),
    ("2", _("Very good")),
    ("3", _("Good")),
    ("4", _("Satisfactory")),
)
_PARCELS: Options = (
    ("1", _("Small, up to 1 kg")),
    ("2", _("Medium, up to 2 kg")),
    ("3", _("Large, up to 5 kg")),
    ("5", _("Extra large, beyond 5 kg")),
)
_PRODUCT_TYPE = _("Product type")
_YOUR_WORD = _("Your word")

handlers.let_go_on_by_hand("vinted")
sells_single_pieces("vinted")
cleanup.also_delete("Calls through sellers' browsers", lambda dry: commands.forget_old(dry_run=dry))


@register
class Vinted(Marketplace):
    """No application and no consent: a connection code, and a plugin that has it."""

    marketplace = "vinted"
    marketplace_name = "Vinted"
    fields: ClassVar[tuple[Field, ...]] = (
        Choice("site", _("Vinted's site"), options=tuple(sites.offered())),
        Text(
            "catalog_id",
            _("Category"),
            help=_(
                "For products that no line below names. Its number stands in the address of the "
                "category's page at Vinted: 221 in /catalog/221-t-shirts."
            ),
            rule=_CATEGORY,
        ),
        Table(
            "catalogs",
            _("Categories by product type"),
            word_label=_PRODUCT_TYPE,
            value_label=_("Number of the Vinted category"),
            rule=_CATEGORY,
            falls_back_to="catalog_id",
            known_words="product_type",
        ),
        Text(
            "size_id",
            _("Size"),
            help=_("For products without one, in categories whose items have a size."),
            rule=_NUMBER,
        ),
        Table(
            "sizes",
            _("Sizes by your own words"),
            help=_("What Vinted itself calls so is known without a line here."),
            word_label=_("Your word, or product type: word"),
            value_label=_("Number of the size at Vinted"),
            rule=_NUMBER,
        ),
        Choice(
            "condition",
            _("Condition"),
            help=_("For products that say none. Without a choice: very good."),
            options=_CONDITIONS,
        ),
        Table(
            "conditions",
            _("Conditions by your own words"),
            help=_("Common words, such as used or neuf, are understood without a line here."),
            word_label=_YOUR_WORD,
            value_label=_("Vinted's condition"),
            options=_CONDITIONS,
            known_words="condition",
        ),
        Text("brand", _("Brand"), help=_("For products that have none, as Vinted shows it.")),
        Table(
            "brands",
            _("Brands"),
            help=_("Only where Vinted writes a brand in another way than your products."),
            word_label=_("Brand of your products"),
            value_label=_("Number of the brand at Vinted"),
            rule=_NUMBER,
        ),
        Found(
            "color_id",
            _("Colour"),
            help=_("For products that say none: its number at Vinted."),
        ),
        Table(
            "colors",
            _("Colours by your own words"),
            help=_("Common words, such as navy or bordeaux, are understood without a line here."),
            word_label=_YOUR_WORD,
            value_label=_("Colour at Vinted"),
            rule=_NUMBER,
            offered_as="color_id",
        ),
        Table(
            "materials",
            _("Materials by your own words"),
            word_label=_YOUR_WORD,
            value_label=_("Number of the material at Vinted"),
            rule=_NUMBER,
        ),
        Choice(
            "package_size",
            _("Parcel"),
            help=_("Without a choice: small."),
            options=_PARCELS,
        ),
        Table(
            "package_sizes",
            _("Parcels by product type"),
            word_label=_PRODUCT_TYPE,
            value_label=_("Parcel"),
            options=_PARCELS,
            known_words="product_type",
        ),
        Text(
            "price_factor",
            _("Prices are multiplied by"),
            help=_("Empty: they are those of the products."),
            rule=_FACTOR,
        ),
        Text(
            "price_ending",
            _("Prices end on"),
            help=_("Such as 0.90. Empty: they stay as they are."),
            rule=_ENDING,
        ),
    )

    def choices(self, account: Account) -> Choices:
        """What Vinted told when it was last looked up; asks nobody."""
        colors = VintedSettings.read(account.settings).told("colors")
        names: dict[str, str] = {}
        for name in sorted(colors, key=str.isupper):  # each has a code too, which is no word
            names.setdefault(colors[name], name)
        return {"color_id": sorted(names.items(), key=lambda each: each[1].casefold())}

    def missing(self, account: Account) -> list[str]:
        return readiness.missing(account)
