"""The tables of the business, all in the tenant's schema; none of them knows a job."""

from marketplaces.models.accounts import Account
from marketplaces.models.catalogue import Product, ProductImage
from marketplaces.models.consents import ConsentRequest
from marketplaces.models.listings import DeletedListing, Listing, ListingStatus
from marketplaces.models.plugin import (
    CommandStatus,
    PluginCommand,
    PluginConnection,
    PluginToken,
)
from marketplaces.models.sales import Order, OrderLine, OrderStatus, Sale, SaleFollowUp, SoldBefore
from marketplaces.models.unmatched import UnmatchedListing, WhyUnmatched
from marketplaces.models.uploads import CatalogueUpload

__all__ = [
    "Account",
    "CatalogueUpload",
    "CommandStatus",
    "ConsentRequest",
    "DeletedListing",
    "Listing",
    "ListingStatus",
    "Order",
    "OrderLine",
    "OrderStatus",
    "PluginCommand",
    "PluginConnection",
    "PluginToken",
    "Product",
    "ProductImage",
    "Sale",
    "SaleFollowUp",
    "SoldBefore",
    "UnmatchedListing",
    "WhyUnmatched",
]
