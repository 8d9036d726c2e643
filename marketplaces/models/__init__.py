"""The tables of the business, all in the tenant's schema; none of them knows a job."""

from marketplaces.models.accounts import Account
from marketplaces.models.catalogue import Product, ProductImage
from marketplaces.models.consents import ConsentRequest
from marketplaces.models.listings import Listing, ListingStatus
from marketplaces.models.uploads import CatalogueUpload

__all__ = [
    "Account",
    "CatalogueUpload",
    "ConsentRequest",
    "Listing",
    "ListingStatus",
    "Product",
    "ProductImage",
]
