"""What the commands have in common that queue one action for a seller's products."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from marketplaces.batches import start_batch
from marketplaces.models import Account, Listing, Product
from tasks import tenancy
from tasks.errors import StoFlowError
from tasks.wording import batch_name, marketplace_name

NOTHING_DONE = 2
_NAMED = 5


class ProductCommand(BaseCommand):
    """Queues `action` as one batch. Exit code: 0 queued, 2 nothing was queued."""

    action: ClassVar[str]
    must_choose: ClassVar[bool] = False
    """Without --sku it wants --all, because it ends listings."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", required=True, help="the seller's schema")
        parser.add_argument("--account", help="the account's name, if the seller has several")
        parser.add_argument("--marketplace", help="e.g. ebay, if several accounts have that name")
        chosen = parser.add_mutually_exclusive_group(required=self.must_choose)
        chosen.add_argument("--sku", action="append", help="only this product (repeatable)")
        if self.must_choose:
            chosen.add_argument("--all", action="store_true", help="everything that is listed")
        parser.add_argument("--by", default="operator", help="who asks for it, for the history")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be queued")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with tenancy.inside(tenancy.tenant_named(options["schema"])):
                self._queue(options)
        except StoFlowError as error:
            message = f"{error.message} {error.advice}"
            raise CommandError(message, returncode=NOTHING_DONE) from None

    def candidates(self, _account: Account) -> QuerySet[Product]:
        """What is meant when no product is named."""
        return Product.objects.all()

    def _queue(self, options: dict[str, Any]) -> None:
        account = _account(options["account"], options["marketplace"])
        products = self._products(account, options["sku"])
        if options["dry_run"]:
            name = batch_name(self.action, len(products), account.marketplace)
            self.stdout.write(f"Would be queued: {name} ({account.name}).")
            return
        requested = start_batch(account, self.action, products, requested_by=options["by"])
        self.stdout.write(f"Batch {requested.batch.pk}: {requested.created} jobs are queued.")
        if requested.waiting_already:
            self.stdout.write(f"{len(requested.waiting_already)} products were waiting already.")

    def _products(self, account: Account, skus: list[str] | None) -> list[Product]:
        wanted = Product.objects.filter(sku__in=skus) if skus else self.candidates(account)
        products = list(wanted.order_by("pk"))
        missing = sorted(set(skus or []) - {product.sku for product in products})
        if missing:
            raise CommandError(
                f"There is no product {', '.join(missing)}.", returncode=NOTHING_DONE
            )
        if not products:
            raise CommandError("The seller has no such products.", returncode=NOTHING_DONE)
        return products


class ListingCommand(ProductCommand):
    """Means the products that are listed on the account, as `statuses` says (empty: in any way)."""

    statuses: ClassVar[tuple[str, ...]] = ()

    def candidates(self, account: Account) -> QuerySet[Product]:
        listings = Listing.objects.filter(account=account)
        if self.statuses:
            listings = listings.filter(status__in=self.statuses)
        return Product.objects.filter(pk__in=listings.values("product_id"))


def _account(name: str | None, marketplace: str | None) -> Account:
    wanted = {"name": name, "marketplace": marketplace}
    given = {field: value for field, value in wanted.items() if value}
    accounts = list(Account.objects.filter(**given).order_by("pk")[: _NAMED + 1])
    if len(accounts) == 1:
        return accounts[0]
    if accounts:
        several = ", ".join(str(each) for each in accounts[:_NAMED])
        more = " …" if len(accounts) > _NAMED else ""
        raise CommandError(
            f"The seller has several accounts: {several}{more}. "
            "Choose one with --account and --marketplace.",
            returncode=NOTHING_DONE,
        )
    named = f" named “{name}”" if name else ""
    there = f" on {marketplace_name(marketplace)}" if marketplace else ""
    raise CommandError(f"The seller has no account{named}{there}.", returncode=NOTHING_DONE)
