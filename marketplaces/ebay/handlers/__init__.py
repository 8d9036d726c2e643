"""The jobs of eBay, as lists of steps; the services do the work."""

from marketplaces.ebay.handlers.delete import DeleteHandler
from marketplaces.ebay.handlers.publish import PublishHandler
from marketplaces.ebay.handlers.quantity import SetQuantityHandler
from marketplaces.ebay.handlers.unpublish import UnpublishHandler
from marketplaces.ebay.handlers.update import UpdateHandler

__all__ = [
    "DeleteHandler",
    "PublishHandler",
    "SetQuantityHandler",
    "UnpublishHandler",
    "UpdateHandler",
]
