"""What staff see of a seller's business: the catalogue, accounts and listings."""

from marketplaces.admin import accounts, catalogue, listings, orders, sales, subjects, unmatched
from marketplaces.admin.names import name_models

name_models()

__all__ = ["accounts", "catalogue", "listings", "orders", "sales", "subjects", "unmatched"]
