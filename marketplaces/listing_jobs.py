"""What the handlers of every marketplace need: the product, the account, the service."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from marketplaces.models import Account, Product
from tasks.errors import PermanentError
from tasks.handlers import BaseJobHandler
from tasks.models import MarketplaceJob
from tasks.sentences import sentence

Service = TypeVar("Service")


class ListingJobHandler(BaseJobHandler, Generic[Service]):
    """A job on one account, for one product or for the whole shop."""

    @classmethod
    def require_ready(cls, account: Account) -> None:
        """Raise one PermanentError that lists what `account` lacks for this action.

        Asked before a batch starts; may ask the marketplace.
        """

    @classmethod
    def faults_of(cls, _account: Account, _product: Product) -> list[str]:
        """What would make a job for this product fail at once, as sentences.

        For a preview: reads our own tables only.
        """
        return []

    def faults(self) -> list[str]:
        if self.job.product_id is None:
            return []
        return self.faults_of(self.get_account(), self.get_product())

    @abstractmethod
    def get_service(self) -> Service:
        """The business logic of this marketplace and action, on this job's account and product."""

    def hold_job(self) -> None:
        """Lock the job before a lane, in a step that asks for further jobs: locks have an order."""
        MarketplaceJob.objects.select_for_update(no_key=True).only("pk").get(pk=self.job.pk)

    def get_product(self) -> Product:
        """The product as it is now, its images with it; PermanentError when it was deleted."""
        product = (
            Product.objects.prefetch_related("images").filter(pk=self.job.product_id or 0).first()
        )
        if product is None:
            raise PermanentError(
                sentence(
                    "The product “{product_name}” was deleted.", product_name=self.job.product_name
                ),
                advice=sentence("Cancel the job."),
            )
        return product

    def get_account(self) -> Account:
        """The account as it is now; PermanentError when it was deleted."""
        account = Account.objects.filter(pk=self.job.account_id or 0).first()
        if account is None:
            raise PermanentError(
                sentence(
                    "The account “{account_name}” was deleted.", account_name=self.job.account_name
                ),
                advice=sentence(
                    "Cancel the job, or connect the shop again and publish from there."
                ),
            )
        return account
