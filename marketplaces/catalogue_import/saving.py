"""From drafts to tables: reads what is there and writes only what differs.

A slice of products is one transaction. Where the database refuses it, its products are written one
by one, each in a savepoint of its own, so that the refused one goes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from marketplaces.catalogue_import.errors import ImportStoppedError, RowError
from marketplaces.catalogue_import.photos import Photo, PhotoAlbum
from marketplaces.catalogue_import.products import ProductDraft
from marketplaces.catalogue_import.report import MOST_SAMPLES, ImportReport, Sample
from marketplaces.catalogue_import.storage import image_of
from marketplaces.models import Product, ProductImage
from tasks.sentences import sentence

SLICE = 200

Saved = Callable[[int, int], None]
"""Takes the products made and changed by each transaction, inside it: what it raises undoes them."""


@dataclass(frozen=True)
class Change:
    """What one draft makes of one product."""

    product: Product
    is_new: bool
    fields: list[str]
    photos: list[Photo] | None
    """The new list; None keeps the present one."""

    @property
    def is_none(self) -> bool:
        return not (self.is_new or self.fields or self.photos is not None)


@dataclass(frozen=True)
class Saver:
    album: PhotoAlbum
    report: ImportReport
    saved: Saved | None = None

    def save(self, drafts: Sequence[ProductDraft]) -> None:
        """Bring the catalogue to what the drafts say, or with a dry run only count."""
        try:
            with transaction.atomic():
                changes = self._changes(drafts)
                if not self.report.dry_run:
                    _write(changes)
                    self._tell(changes)
        except (DatabaseError, InterfaceError, OSError, RowError) as error:
            self._save_singly(drafts, error)
        else:
            self._count(changes)

    def _tell(self, changes: Sequence[Change]) -> None:
        if self.saved:
            created = sum(change.is_new for change in changes)
            unchanged = sum(change.is_none for change in changes)
            self.saved(created, len(changes) - created - unchanged)

    def _save_singly(self, drafts: Sequence[ProductDraft], error: Exception) -> None:
        if len(drafts) > 1:
            for draft in drafts:
                self.save([draft])
        elif isinstance(error, OSError | OperationalError | InterfaceError):
            raise ImportStoppedError(
                sentence(
                    "Line {line} could not be saved: {error}", line=drafts[0].line, error=error
                )
            ) from error
        else:
            self.report.reject(drafts[0].line, _refusal(error))

    def _changes(self, drafts: Sequence[ProductDraft]) -> list[Change]:
        present = {
            product.sku: product for product in _present(drafts, is_locked=not self.report.dry_run)
        }
        return [self._change(draft, present) for draft in drafts]

    def _change(self, draft: ProductDraft, present: dict[str, Product]) -> Change:
        found = present.get(draft.sku) or present.pop(draft.former_sku, None)
        product = found or Product()
        facts = {**draft.facts, "sku": draft.sku}
        fields = [name for name, value in facts.items() if getattr(product, name) != value]
        for name in fields:
            setattr(product, name, facts[name])
        return Change(product, found is None, fields, self._new_photos(draft, found))

    def _new_photos(self, draft: ProductDraft, found: Product | None) -> list[Photo] | None:
        """A list with a hole would take good photos off the marketplaces: then the old one stays."""
        if draft.photos is None:
            return None
        photos, are_usable = self.album.photos(draft.photos, self.report)
        present = [_described(image) for image in found.images.all()] if found else []
        is_whole = are_usable and draft.photos_are_complete
        if present == [_described(photo) for photo in photos] or (present and not is_whole):
            return None
        return photos

    def _count(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.product.pk:
                self.report.product_ids.append(change.product.pk)
            if change.is_new:
                self.report.created += 1
            elif change.is_none:
                self.report.unchanged += 1
            else:
                self.report.updated += 1
            if not change.is_none and len(self.report.samples) < MOST_SAMPLES:
                self.report.samples.append(_sample(change))


def _sample(change: Change) -> Sample:
    product, photos = change.product, change.photos or []
    return Sample(
        sku=product.sku,
        title=product.title,
        price=product.price,
        currency=product.currency,
        stock=product.stock,
        is_new=change.is_new,
        photo_url=photos[0].url if photos else "",
        product_id=product.pk if change.photos is None else None,
    )


def _present(drafts: Sequence[ProductDraft], *, is_locked: bool) -> list[Product]:
    """The products of these drafts, locked in one order so that two imports cannot deadlock."""
    skus = {sku for draft in drafts for sku in (draft.sku, draft.former_sku) if sku}
    products = Product.objects.filter(sku__in=skus).order_by("pk").prefetch_related("images")
    if is_locked:
        products = products.select_for_update(no_key=True)
    return list(products)


def _described(photo: Photo | ProductImage) -> tuple[str, str, str]:
    return photo.checksum, photo.url, photo.alt_text


def _write(changes: Sequence[Change]) -> None:
    """Files first, rows after: a row never names a file that is not there."""
    Product.objects.bulk_create([change.product for change in changes if change.is_new])
    for change in changes:
        if not (change.is_new or change.is_none):
            change.product.save(update_fields=[*change.fields, "updated_at"])
    with_photos = [change for change in changes if change.photos is not None]
    _replace_photos(with_photos)


def _replace_photos(changes: Sequence[Change]) -> None:
    images = [
        image_of(change.product, position, photo)
        for change in changes
        for position, photo in enumerate(change.photos or [], start=1)
    ]
    changed = [change.product for change in changes if not change.is_new]
    ProductImage.objects.filter(product__in=changed).delete()
    ProductImage.objects.bulk_create(images)


def _refusal(error: Exception) -> str:
    if isinstance(error, RowError):
        return str(error)
    reason = str(error).strip().partition("\n")[0]
    return sentence(
        "The database refused this product ({reason}). Import again, or correct the row.",
        reason=reason,
    )
