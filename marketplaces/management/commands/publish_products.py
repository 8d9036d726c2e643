"""`manage.py publish_products --schema S`: a seller's catalogue to one account, as one batch."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplaces.batches import start_batch
from marketplaces.models import Account, Product
from tasks import tenancy
from tasks.errors import StoFlowError
from tasks.wording import batch_name

NOTHING_DONE = 2


class Command(BaseCommand):
    help = (
        "Queue the publication of a seller's products as one batch; workers do it. The account is "
        "checked first: what it lacks is said at once, and nothing is queued. Exit code: 0 "
        "queued, 2 nothing was queued."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", required=True, help="the seller's schema")
        parser.add_argument("--account", help="the account's name, if the seller has several")
        parser.add_argument("--sku", action="append", help="only this product (repeatable)")
        parser.add_argument("--by", default="operator", help="who asks for it, for the history")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be queued")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with tenancy.inside(tenancy.tenant_named(options["schema"])):
                self._publish(options)
        except StoFlowError as error:
            message = f"{error.message} {error.advice}"
            raise CommandError(message, returncode=NOTHING_DONE) from None

    def _publish(self, options: dict[str, Any]) -> None:
        account = _account(options["account"])
        products = _products(options["sku"])
        name = batch_name("publish", len(products), account.marketplace)
        if options["dry_run"]:
            self.stdout.write(f"Would be queued: {name} ({account.name}).")
            return
        requested = start_batch(account, "publish", products, name=name, requested_by=options["by"])
        self.stdout.write(f"Batch {requested.batch.pk}: {requested.created} jobs are queued.")
        if requested.waiting_already:
            self.stdout.write(f"{len(requested.waiting_already)} products were waiting already.")


def _account(name: str | None) -> Account:
    accounts = list(Account.objects.filter(**({"name": name} if name else {})).order_by("pk")[:2])
    if not accounts:
        wanted = f"no account named “{name}”" if name else "no account"
        raise CommandError(f"The seller has {wanted}.", returncode=NOTHING_DONE)
    if len(accounts) > 1:
        raise CommandError(
            "The seller has several accounts: choose one with --account.", returncode=NOTHING_DONE
        )
    return accounts[0]


def _products(skus: list[str] | None) -> list[Product]:
    products = list(Product.objects.filter(**({"sku__in": skus} if skus else {})).order_by("pk"))
    missing = sorted(set(skus or []) - {product.sku for product in products})
    if missing:
        raise CommandError(f"There is no product {', '.join(missing)}.", returncode=NOTHING_DONE)
    if not products:
        raise CommandError("The seller has no products.", returncode=NOTHING_DONE)
    return products
