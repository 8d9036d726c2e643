"""Puts photos that lie beside the CSV into the seller's storage, named by their content."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.photos import Photo, read_file
from marketplaces.catalogue_import.wording import quoted
from marketplaces.models import Product, ProductImage
from tasks.sentences import sentence


def image_of(product: Product, position: int, photo: Photo) -> ProductImage:
    """The row for a photo, its file already in the storage."""
    image = ProductImage(
        product=product,
        position=position,
        url=photo.url,
        checksum=photo.checksum,
        alt_text=photo.alt_text,
    )
    if photo.path is not None:
        image.file.name = _store(image, photo, photo.path)
    return image


def _store(image: ProductImage, photo: Photo, path: Path) -> str:
    """The name in the storage. A file that a killed import left half-written is replaced."""
    storage = image.file.storage
    name = image.file.field.generate_filename(image, f"photo{photo.suffix}")
    if _holds(storage, name, photo.checksum):
        return name
    data = _unchanged_bytes(path, photo.checksum)
    storage.delete(name)
    return storage.save(name, ContentFile(data))


def _holds(storage: Storage, name: str, checksum: str) -> bool:
    if not storage.exists(name):
        return False
    with storage.open(name) as file:
        return sha256(file.read()).hexdigest() == checksum


def _unchanged_bytes(path: Path, checksum: str) -> bytes:
    data = read_file(path, path.name)
    if sha256(data).hexdigest() != checksum:
        raise RowError(
            sentence("The photo {name} changed while it was imported.", name=quoted(path.name))
        )
    return data
