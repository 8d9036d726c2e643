"""A product's stock: one row lock decides who lowers it, and who may still go live."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from marketplaces.models import Product
from tasks.errors import PermanentError
from tasks.sentences import sentence


def hold(product_ids: Iterable[int]) -> dict[int, Product]:
    """Lock the products in order of their ids until the caller's transaction ends, and read them.

    Whoever locks products one after the other, in an order of their own, deadlocks with another.
    """
    rows = Product.objects.select_for_update(no_key=True).filter(pk__in=set(product_ids))
    wanted = rows.only("title", "stock", "created_at").order_by("pk")
    return {product.pk: product for product in wanted}


def pieces_left(product: Product) -> int | None:
    """The stock as it is when every sale that is being recorded has been; None = not known.

    For the last check before going live, in a transaction of its own: a sale that is recorded
    later than this sees the publication's job, and has it withdrawn.
    """
    with transaction.atomic():
        held = hold([product.pk]).get(product.pk)
    return held.stock if held else 0


def pieces_to_offer(product: Product) -> int:
    """The stock as above, for a listing that is live; PermanentError when it is 0 or not known."""
    return require_pieces(product, pieces_left(product))


def require_pieces(product: Product, left: int | None) -> int:
    """`left`, the stock as it was read; PermanentError when it is 0 or not known."""
    if left:
        return left
    if left is None:
        raise PermanentError(
            sentence("The stock of “{product}” is unknown, so nothing was sent.", product=product),
            advice=sentence("Enter how many pieces there are, then retry the job."),
        )
    raise PermanentError(
        sentence(
            "“{product}” was sold out in the meantime, so nothing more was sent.", product=product
        ),
        advice=sentence("Withdraw the listing, unless that was asked for already."),
    )
