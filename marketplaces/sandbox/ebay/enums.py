"""Enumerations of the Inventory API, from the document of version 1.18.5."""

CONDITIONS = frozenset(
    [
        "NEW",
        "LIKE_NEW",
        "NEW_OTHER",
        "NEW_WITH_DEFECTS",
        "MANUFACTURER_REFURBISHED",
        "CERTIFIED_REFURBISHED",
        "EXCELLENT_REFURBISHED",
        "VERY_GOOD_REFURBISHED",
        "GOOD_REFURBISHED",
        "SELLER_REFURBISHED",
        "USED_EXCELLENT",
        "USED_VERY_GOOD",
        "USED_GOOD",
        "USED_ACCEPTABLE",
        "FOR_PARTS_OR_NOT_WORKING",
        "PRE_OWNED_EXCELLENT",
        "PRE_OWNED_FAIR",
    ]
)

LOCALES = frozenset(
    [
        "en-US",
        "en-CA",
        "fr-CA",
        "en-GB",
        "en-AU",
        "en-IN",
        "de-AT",
        "fr-BE",
        "fr-FR",
        "de-DE",
        "it-IT",
        "nl-BE",
        "nl-NL",
        "es-ES",
        "de-CH",
        "fi-FI",
        "zh-HK",
        "hu-HU",
        "en-PH",
        "pl-PL",
        "pt-PT",
        "ru-RU",
        "en-SG",
        "en-IE",
        "en-MY",
    ]
)
"""`LocaleEnum` with the hyphen that the Content-Language header uses."""

CURRENCIES = {
    "EBAY_US": "USD",
    "EBAY_MOTORS": "USD",
    "EBAY_CA": "CAD",
    "EBAY_GB": "GBP",
    "EBAY_AU": "AUD",
    "EBAY_AT": "EUR",
    "EBAY_BE": "EUR",
    "EBAY_FR": "EUR",
    "EBAY_DE": "EUR",
    "EBAY_IT": "EUR",
    "EBAY_NL": "EUR",
    "EBAY_ES": "EUR",
    "EBAY_CH": "CHF",
    "EBAY_HK": "HKD",
    "EBAY_IE": "EUR",
    "EBAY_MY": "MYR",
    "EBAY_PH": "PHP",
    "EBAY_PL": "PLN",
    "EBAY_SG": "SGD",
    "EBAY_TW": "TWD",
}
"""Marketplaces that have a site of their own, with the currency that a listing there is priced in."""

OTHER_MARKETPLACES = frozenset(
    [
        "EBAY_CZ",
        "EBAY_DK",
        "EBAY_FI",
        "EBAY_GR",
        "EBAY_HU",
        "EBAY_IN",
        "EBAY_ID",
        "EBAY_IL",
        "EBAY_NZ",
        "EBAY_NO",
        "EBAY_PT",
        "EBAY_PR",
        "EBAY_RU",
        "EBAY_ZA",
        "EBAY_SE",
        "EBAY_TH",
        "EBAY_VN",
        "EBAY_CN",
        "EBAY_PE",
        "EBAY_JP",
    ]
)

MARKETPLACES = OTHER_MARKETPLACES | CURRENCIES.keys()
FORMATS = frozenset({"FIXED_PRICE", "AUCTION"})
LOCATION_TYPES = frozenset({"STORE", "WAREHOUSE", "FULFILLMENT_CENTER"})
