"""What a preview says of the calls of an action, held against the marketplace's own log of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplaces import asking
from marketplaces.models import Account, Product
from marketplaces.sandbox.reports import RequestReport
from tasks import actions, handlers, previews, replans
from tasks.models import MarketplaceJob
from tasks.workloads import Calls

Edit = Callable[[], object]


@dataclass
class Life:
    """One product and its account, through every action that its marketplace has."""

    account: Account
    product: Product
    run: Callable[[str], MarketplaceJob]
    requests: Callable[..., Sequence[RequestReport]]
    """Of the sandbox: what arrived `since` a request."""
    is_counted: Callable[[str], bool]
    """Of a route: it is a call of a step, and none of the sign-in."""
    walked: set[str] = field(default_factory=set)
    _seen: int = 0

    def change(self, **fields: Any) -> None:
        Product.objects.filter(pk=self.product.pk).update(**fields)

    def does(self, action: str) -> tuple[int, int | None]:
        """Ask for it; what was told of the number of calls, at least and at most."""
        chosen = Product.objects.filter(pk=self.product.pk)
        preview = asking.preview(self.account, action, chosen)
        assert not preview.faulty, (action, preview.faulty)
        told = preview.workload
        assert told.is_exact
        return self._holds(action, told.calls, lambda: self.run(action))

    def is_retried(self, action: str, *, mend: Callable[[], object]) -> tuple[int, int | None]:
        """It fails, what was wrong is mended, and it is retried; what was told of the retry."""
        job = self.run(action)
        assert job.status == "FAILED"
        mend()
        told = previews.preview("retry", MarketplaceJob.objects.filter(pk=job.pk)).workload
        assert told is not None
        stored = replans.stored_workload([job.pk]).calls
        assert actions.retry(job).retried
        before = self._holds(action, told.calls, lambda: self.run(action))
        assert stored.total <= told.calls.total
        assert stored.most is None or (told.calls.most or 0) <= stored.most
        return before

    def sweeps(self, action: str, run: Callable[[str], MarketplaceJob]) -> None:
        """The same for a job over the whole account, which has no preview of its own yet."""
        job = MarketplaceJob(
            marketplace=self.account.marketplace, action=action, account_id=self.account.pk
        )
        told = replans.workload(replans.first_plans([job]))
        assert not told.unfit, told
        self._holds(action, told.calls, lambda: run(action))

    def _calls(self) -> list[str]:
        """Our calls that arrived since this was last asked."""
        calls = self.requests(since=self._seen)
        self._seen = calls[-1]["id"] if calls else self._seen
        made = [f"{call['method']} {call['template']}" for call in calls]
        return [each for each in made if self.is_counted(each)]

    def _holds(
        self, action: str, told: Calls, work: Callable[[], MarketplaceJob]
    ) -> tuple[int, int | None]:
        self.walked.add(action)
        self._calls()
        job = work()
        assert job.status == "COMPLETED", job.error_message
        made = self._calls()
        # What a look finds is not sent again; the page says so.
        found = sum(kind.acts for kind in told.kinds if kind.looks and kind.acts)
        assert told.total - found <= len(made), (action, told, made)
        assert told.most is None or len(made) <= told.most, (action, told, made)
        assert told.total or not made, (action, told, made)
        return told.total, told.most

    def assert_all_walked(self) -> None:
        known = {
            action
            for marketplace, action in handlers.registered()
            if marketplace == self.account.marketplace
        }
        assert self.walked == known
