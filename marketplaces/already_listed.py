"""What the seller sells there already under a product's SKU, as far as a sync has seen it.

A sync takes over one such listing by itself. Where it could not, a publication would list the
product a second time (docs/adr/0042).
"""

from __future__ import annotations

from marketplaces import listings
from marketplaces.models import Account, ListingStatus, Product, UnmatchedListing, WhyUnmatched
from tasks.errors import PermanentError
from tasks.sentences import sentence
from tasks.wording import marketplace_name

_NAMED = 5


class AlreadyListedError(PermanentError):
    """The seller sells this product there already, in a listing that StoFlow does not keep."""


def faults_of(account: Account, product: Product) -> list[str]:
    """For a preview: reads our own tables only."""
    found = _found(account, product)
    return [found.message] if found is not None else []


def refuse(account: Account, product: Product) -> None:
    """AlreadyListedError when publishing the product would make a second listing of it."""
    found = _found(account, product)
    if found is not None:
        raise found


def _found(account: Account, product: Product) -> AlreadyListedError | None:
    record = listings.find(account, product)
    if record is not None and record.status == ListingStatus.LIVE:
        return None  # nothing new is listed
    skus = {product.sku, listings.key_of(record, product)} - {""}
    there = UnmatchedListing.objects.filter(account=account, sku__in=skus).order_by("external_id")
    others = list(there[: _NAMED + 1])
    return _error(account, product, others) if others else None


def _error(
    account: Account, product: Product, others: list[UnmatchedListing]
) -> AlreadyListedError:
    named = ", ".join(other.external_id for other in others[:_NAMED])
    marketplace = marketplace_name(account.marketplace)
    return AlreadyListedError(
        sentence(
            "“{product}” is on sale at {marketplace} already, under the SKU {sku}, in a listing that "
            "is not StoFlow's: {listings}.",
            product=product,
            marketplace=marketplace,
            sku=others[0].sku,
            listings=f"{named} …" if len(others) > _NAMED else named,
        ),
        advice=_advice(others, marketplace),
    )


def _advice(others: list[UnmatchedListing], marketplace: str) -> str:
    if len(others) == 1 and others[0].why == WhyUnmatched.NO_PRODUCT:
        return sentence(
            "Nothing was sent. Synchronise the account: StoFlow then takes this listing over as the "
            "product's own."
        )
    return sentence(
        "Nothing was sent. At {marketplace}, leave the SKU on no more than one listing: end the "
        "others there, or change their SKU. Synchronise the account, then publish again.",
        marketplace=marketplace,
    )
