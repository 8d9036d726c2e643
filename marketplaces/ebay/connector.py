"""Connecting a seller's eBay account: the application, the scopes, what the seller can choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from marketplaces.connecting import (
    App,
    Choice,
    Choices,
    Connector,
    Field,
    Found,
    Shop,
    Table,
    Text,
    register,
)
from marketplaces.connecting.fields import Options, Rule
from marketplaces.ebay import categories, identity, readiness
from marketplaces.ebay.account_settings import SITES, EbaySettings
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.connection import PUBLIC_SCOPE, client_for, taxonomy, token_endpoint
from marketplaces.ebay.validation import LONGEST_ASPECT_NAME, LONGEST_ASPECT_VALUE
from marketplaces.models import Account, Listing
from tasks.sentences import sentence

_SCOPE = PUBLIC_SCOPE
_CATEGORY = Rule(r"[0-9]{1,10}", _("A category is its number at eBay, such as 15687."))
_ASPECT_NAME = Rule(
    rf".{{1,{LONGEST_ASPECT_NAME}}}", _("eBay takes at most 40 characters for a name.")
)
_ASPECT_VALUE = Rule(
    rf".{{1,{LONGEST_ASPECT_VALUE}}}", _("eBay takes at most 50 characters for a value.")
)
_CONDITIONS: Options = (
    ("NEW", _("New")),
    ("NEW_OTHER", _("New other")),
    ("NEW_WITH_DEFECTS", _("New with defects")),
    ("LIKE_NEW", _("Like new")),
    ("CERTIFIED_REFURBISHED", _("Certified refurbished")),
    ("EXCELLENT_REFURBISHED", _("Excellent refurbished")),
    ("VERY_GOOD_REFURBISHED", _("Very good refurbished")),
    ("GOOD_REFURBISHED", _("Good refurbished")),
    ("SELLER_REFURBISHED", _("Seller refurbished")),
    ("MANUFACTURER_REFURBISHED", _("Manufacturer refurbished")),
    ("PRE_OWNED_EXCELLENT", _("Pre-owned excellent")),
    ("PRE_OWNED_FAIR", _("Pre-owned fair")),
    ("USED_EXCELLENT", _("Used excellent")),
    ("USED_VERY_GOOD", _("Used very good")),
    ("USED_GOOD", _("Used good")),
    ("USED_ACCEPTABLE", _("Used acceptable")),
    ("FOR_PARTS_OR_NOT_WORKING", _("For parts or not working")),
)
"""The best condition first, as eBay's own forms have them."""


@register
class EbayConnector(Connector):
    """eBay's consent has no PKCE, and takes all scopes or none."""

    marketplace = "ebay"
    marketplace_name = "eBay"
    scopes = (
        _SCOPE,  # public data: categories and their aspects
        f"{_SCOPE}/sell.inventory",  # items, offers, pictures
        f"{_SCOPE}/sell.account.readonly",  # policies
        f"{_SCOPE}/sell.fulfillment.readonly",  # orders
        f"{_SCOPE}/commerce.identity.readonly",  # whose account it is
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Choice(
            "marketplace_id",
            _("eBay site"),
            help=_("Where the products are offered; their prices must be in its currency."),
            options=tuple((site, f"{SITES[site].host} ({SITES[site].currency})") for site in SITES),
        ),
        Found("fulfillment_policy_id", _("Shipping policy")),
        Found("payment_policy_id", _("Payment policy")),
        Found("return_policy_id", _("Return policy")),
        Found("merchant_location_key", _("Inventory location"), help=_("Where the goods lie.")),
        Text(
            "category_id",
            _("Category"),
            help=_("For products that no line below names. Write its number, or search by words."),
            rule=_CATEGORY,
            is_category=True,
        ),
        Table(
            "categories",
            _("Categories by product type"),
            word_label=_("Product type"),
            value_label=_("Number of the eBay category"),
            rule=_CATEGORY,
            is_category=True,
            falls_back_to="category_id",
            known_words="product_type",
        ),
        Choice(
            "condition",
            _("Condition"),
            help=_("For products that do not say theirs."),
            options=_CONDITIONS,
        ),
        Table(
            "conditions",
            _("Conditions by your own words"),
            word_label=_("Your word"),
            help=_(
                "Common words, such as used or neuf, are understood without a line here. Which "
                "conditions a category takes, eBay says when a product is published."
            ),
            value_label=_("eBay's condition"),
            options=_CONDITIONS,
            known_words="condition",
        ),
        Table(
            "aspect_names",
            _("Names of item specifics"),
            help=_(
                "What eBay calls an option of your products, such as Length and Longueur. Size, "
                "colour and material are known without a line here."
            ),
            word_label=_("Option of your products"),
            value_label=_("Name at eBay"),
            rule=_ASPECT_NAME,
        ),
        Table(
            "aspects",
            _("Item specifics of every product"),
            help=_("Such as Department and Unisex. What a product itself says comes first."),
            word_label=_("Name at eBay"),
            value_label=_("Value"),
            rule=_ASPECT_VALUE,
        ),
    )

    def app(self) -> App:
        return App(
            consent_url=settings.EBAY["consent_url"],
            tokens=token_endpoint(),
            redirect_uri=settings.EBAY["redirect_name"],
        )

    def shop(self, access_token: str) -> Shop:
        calls = Calls(
            tokens=lambda rejected="": access_token,
            timeout=settings.EBAY["deadline_seconds"],
        )
        user = identity.user(calls, settings.EBAY["identity_url"].rstrip("/"))
        is_known = user.marketplace_id in SITES
        return Shop(
            user.user_id,
            user.username,
            {"marketplace_id": user.marketplace_id} if is_known else {},
        )

    def has_one_of(self, access_token: str, account: Account, listings: Sequence[Listing]) -> bool:
        client = client_for(account, lambda rejected="": access_token)
        return any(
            offer.listing_id == listing.external_id
            for listing in listings
            for offer in client.find_offers(listing.key)
        )

    def choices(self, account: Account) -> Choices:
        client = client_for(account)
        found = {
            f"{kind}_policy_id": [
                (policy.policy_id, policy.name or policy.policy_id)
                for policy in client.policies(kind)
            ]
            for kind, _words in readiness.POLICIES
        }
        return found | {"merchant_location_key": client.locations()}

    def missing(self, account: Account) -> list[str]:
        chosen = EbaySettings.read(account.settings)
        found = readiness.missing(client_for(account), chosen)
        if not chosen.category_id and not chosen.categories:
            found.append(sentence("no eBay category is chosen in the account's settings"))
        if chosen.marketplace_id in SITES:
            categories.try_to_refresh(taxonomy(), chosen)
            found += categories.missing(chosen)
        return found

    def category_paths(self, account: Account, numbers: Iterable[str]) -> dict[str, str]:
        return categories.paths(EbaySettings.read(account.settings), numbers)

    def find_categories(self, account: Account, words: str) -> list[tuple[str, str]]:
        return categories.find(taxonomy(), EbaySettings.read(account.settings), words)
