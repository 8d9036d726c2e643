"""Reads a shop's product CSV into the catalogue of one seller.

The way of a file: `source` (bytes, then text) → `records` (text, then cells) → `header` and `groups`
(cells, then the rows of each handle) → `products` (rows, then drafts) → `skus` (who is who) →
`photos` and `saving` (drafts, then tables). `importer` calls them in turn; `report` tells what became
of every line. One bad line costs that line, never its neighbours.
"""

from marketplaces.catalogue_import.errors import CatalogueFileError, ImportStoppedError
from marketplaces.catalogue_import.importer import import_catalogue
from marketplaces.catalogue_import.report import ImportReport, Note

__all__ = [
    "CatalogueFileError",
    "ImportReport",
    "ImportStoppedError",
    "Note",
    "import_catalogue",
]
