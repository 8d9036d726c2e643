"""Connecting a seller's Etsy shop: the application, the scopes, what the seller can choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplaces.connecting import (
    App,
    Choice,
    Choices,
    Connector,
    Field,
    Flag,
    Found,
    NoShopError,
    Shop,
    Table,
    Text,
    Words,
    register,
)
from marketplaces.connecting.fields import Rule
from marketplaces.etsy import answers, categories, readiness
from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.calls import Calls
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.connection import api_key, client_for, token_endpoint
from marketplaces.etsy.eras import era_of
from marketplaces.etsy.pace import SharedPace
from marketplaces.models import Account, Listing
from tasks.sentences import sentence

_CATEGORY = Rule(r"[1-9][0-9]{0,9}", _("A category is its number at Etsy, such as 482."))
_SECTION = Rule(r"[1-9][0-9]{0,14}", _("A section is its number at Etsy."))
_PRODUCT_TYPE = _("Product type")


class _Era(Rule):
    """One of Etsy's eras, or a year; which ones there are moves with the calendar."""

    def fault(self, text: str) -> str:
        return "" if era_of(text, timezone.now().year) else str(self.words)


_ERA = _Era("", _("Give a year, such as 1987, or one of Etsy's eras, such as made_to_order."))


@register
class EtsyConnector(Connector):
    """Etsy's consent needs PKCE; its scopes can be asked for, and deleting is one of its own."""

    marketplace = "etsy"
    marketplace_name = "Etsy"
    scopes = ("listings_r", "listings_w", "listings_d", "shops_r", "transactions_r")
    uses_pkce = True
    fields: ClassVar[tuple[Field, ...]] = (
        Found("shipping_profile_id", _("Shipping profile")),
        Found("readiness_state_id", _("Processing profile"), help=_("How soon the seller sends.")),
        Found("return_policy_id", _("Return policy"), help=_("Shops in the EU need none.")),
        Text(
            "taxonomy_id",
            _("Category"),
            help=_("For products that no line below names. Write its number, or search by words."),
            rule=_CATEGORY,
            is_category=True,
        ),
        Table(
            "taxonomies",
            _("Categories by product type"),
            word_label=_PRODUCT_TYPE,
            value_label=_("Number of the Etsy category"),
            rule=_CATEGORY,
            is_category=True,
            falls_back_to="taxonomy_id",
            known_words="product_type",
        ),
        Choice(
            "who_made",
            _("Who made the products"),
            help=_("Without a choice: the seller."),
            options=(
                ("i_did", _("The seller")),
                ("someone_else", _("Another company or person")),
                ("collective", _("A member of the seller's shop")),
            ),
        ),
        Text(
            "when_made",
            _("When they were made"),
            help=_("A year or one of Etsy's eras. Without one: made to order."),
            rule=_ERA,
        ),
        Table(
            "eras",
            _("When they were made, by product type"),
            word_label=_PRODUCT_TYPE,
            value_label=_("Year or era"),
            rule=_ERA,
            known_words="product_type",
        ),
        Flag("is_supply", _("Craft supplies"), help=_("Whether they are material to make things.")),
        Found(
            "section_id",
            _("Section of the shop"),
            help=_("For products that no line below names."),
        ),
        Table(
            "sections",
            _("Sections by product type"),
            word_label=_PRODUCT_TYPE,
            value_label=_("Section"),
            rule=_SECTION,
            offered_as="section_id",
            known_words="product_type",
        ),
        Words("tags", _("Tags of every product"), help=_("With commas between.")),
        Words("materials", _("Materials of every product"), help=_("With commas between.")),
        Words("styles", _("Styles of every product"), help=_("With commas between.")),
        Flag(
            "auto_renew",
            _("Renew listings"),
            help=_("Whether Etsy renews a listing after four months, for its fee."),
        ),
    )

    def app(self) -> App:
        return App(
            consent_url=settings.ETSY["consent_url"],
            tokens=token_endpoint(),
            redirect_uri=settings.ETSY["redirect_url"],
        )

    def scopes_of(self, access_token: str) -> frozenset[str]:
        response = _calls(access_token).send_form(
            "POST",
            "/v3/application/scopes",
            {"token": access_token},
            sentence("tell what the seller agreed to"),
        )
        return answers.scopes(response)

    def shop(self, access_token: str) -> Shop:
        calls = _calls(access_token)
        shop_id = EtsyClient(calls, shop_id="").own_shop_id()
        shop = EtsyClient(calls, shop_id=shop_id).shop() if shop_id else None
        if shop is None:
            raise NoShopError(sentence("Whoever signed in at Etsy has no shop there."))
        own = {"shop_id": shop.shop_id, "currency": shop.currency}
        return Shop(shop.shop_id, shop.name or shop.shop_id, own)

    def has_one_of(self, access_token: str, account: Account, listings: Sequence[Listing]) -> bool:
        client = client_for(account, lambda rejected="": access_token)
        own = client.own_shop_id()
        shown = (client.get_listing(listing.external_id) for listing in listings)
        return any(each is not None and each.shop_id == own for each in shown)

    def choices(self, account: Account) -> Choices:
        client = client_for(account)
        return {
            "shipping_profile_id": _pairs(client.shipping_profiles()),
            "readiness_state_id": _pairs(client.processing_profiles()),
            "return_policy_id": _pairs(client.return_policies()),
            "section_id": _pairs(client.sections()),
        }

    def missing(self, account: Account) -> list[str]:
        chosen = EtsySettings.read(account.settings)
        client = client_for(account)
        found = readiness.missing(client, chosen)
        if not chosen.taxonomy_id and not chosen.taxonomies:
            found.append(sentence("no Etsy category is chosen in the account's settings"))
        categories.refresh(client)
        return [*found, *categories.missing(chosen)]

    def category_paths(self, _account: Account, numbers: Iterable[str]) -> dict[str, str]:
        return categories.paths(numbers)

    def find_categories(self, account: Account, words: str) -> list[tuple[str, str]]:
        return categories.find(client_for(account), words)


def _calls(access_token: str) -> Calls:
    return Calls(
        tokens=lambda rejected="": access_token,
        api_key=api_key(),
        url=settings.ETSY["api_url"].rstrip("/"),
        timeout=settings.ETSY["deadline_seconds"],
        pace=SharedPace(),
    )


def _pairs(profiles: Sequence[answers.Profile]) -> list[tuple[str, str]]:
    return [(each.profile_id, each.name or each.profile_id) for each in profiles]
