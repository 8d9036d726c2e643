"""Two marketplaces that only remember what they were asked: a stall, and a kiosk that cannot withdraw."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplaces import listings
from marketplaces.direct_api import DirectAPIJobHandler
from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sales import pieces_left
from marketplaces.told import Told
from tasks.errors import PermanentError
from tasks.handlers import PlannedTask, Receipt, TaskRun, atomic_step, register, repeatable_step
from tasks.models import MarketplaceJob


class StallHandler(DirectAPIJobHandler[None]):
    marketplace = "stall"

    def get_service(self) -> None:
        return None

    @property
    def listing(self) -> Listing:
        return listings.known(self.get_account(), self.get_product())


@register
class PublishHandler(StallHandler):
    action = "publish"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Map", self.map_product)
        yield self.plan("Go live", self.go_live)
        yield self.plan("Save", self.save)

    @atomic_step
    def map_product(self, _task: TaskRun) -> Receipt:
        product = self.get_product()
        mapped = {"sku": own_key("t1", product.pk), "quantity": product.stock}
        listings.write_intent(self.get_account(), product, mapped)
        return {}

    @repeatable_step(deadline=2)
    def go_live(self, _task: TaskRun) -> Receipt:
        if not pieces_left(self.get_product()):
            raise PermanentError("It was sold out before it went live.")
        between_check_and_effect(self.job)
        return {}

    @atomic_step
    def save(self, _task: TaskRun) -> Receipt:
        listings.save_live(self.listing, external_id=f"S{self.job.pk}", url="")
        return {}


@register
class SetQuantityHandler(StallHandler):
    action = "set_quantity"

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Tell how many are left", self.send)

    @repeatable_step(deadline=2)
    def send(self, _task: TaskRun) -> Receipt:
        return {"quantity": self.get_product().stock}


@register
class UnpublishHandler(StallHandler):
    action = "unpublish"
    supersedes = frozenset({"publish", "set_quantity", "unpublish"})
    never_expires = True

    def create_tasks(self, job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self.plan("Withdraw", self.withdraw)

    @repeatable_step(deadline=2)
    def withdraw(self, _task: TaskRun) -> Receipt:
        listing = listings.find(self.get_account(), self.get_product())
        if listing is None or listing.status != ListingStatus.LIVE:
            return {"live": False}
        listings.mark(listing, ListingStatus.WITHDRAWN)
        return {"live": True}


@register
class KioskHandler(SetQuantityHandler):
    marketplace = "kiosk"
    action = "set_quantity"


_meanwhile: list[object] = []


def meanwhile(deed: object) -> None:
    """`deed` is called once when the next publication has checked the stock."""
    _meanwhile.append(deed)


def between_check_and_effect(_job: MarketplaceJob) -> None:
    while _meanwhile:
        deed = _meanwhile.pop()
        assert callable(deed)
        deed()


def live(account: Account, product: Product, external_id: str, **columns: object) -> Listing:
    """A listing that StoFlow has put up."""
    key = own_key("t1", product.pk)
    return Listing.objects.create(
        account=account,
        product=product,
        key=key,
        external_id=external_id,
        status=ListingStatus.LIVE,
        mapped={"sku": key},
        **columns,
    )


def told(listing: Listing, quantity: int | None, *, at: datetime | None = None) -> None:
    """It was told to offer so many pieces; None = at once when it went live."""
    listings.note(listing, told=Told(quantity, at).as_json())
