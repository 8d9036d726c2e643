"""A sync as a job: each page and each batch is a task, so that it yields, and resumes anywhere.

Reading comes first and pages follow one another closely; what is appended to a completed read is
kept when a person's decision resumes the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.conf import settings

from marketplaces.listing_jobs import ListingJobHandler
from marketplaces.sync import schedule
from marketplaces.sync.facts import Batch
from marketplaces.sync.reading import Reading, chunks, reading_of, receipt_of
from marketplaces.sync.service import SyncService, totals
from tasks.errors import PermanentError
from tasks.handlers import (
    Appended,
    Choice,
    PlannedTask,
    Receipt,
    TaskRun,
    appending,
    atomic_step,
    calls,
    deciding_step,
    repeatable_step,
)
from tasks.models import MarketplaceJob
from tasks.sentences import sentence

reads = repeatable_step(deadline=settings.SYNC["deadline_seconds"], only_reads=True)
MOST_PAGES = 5_000
END_OR_LEAVE = Choice(
    yes=sentence("Mark them as ended"),
    yes_means=sentence(
        "StoFlow's records say that these listings are over. Publishing them again makes new ones."
    ),
    no=sentence("Leave them"),
    no_means=sentence(
        "They stay live in StoFlow's records; all else is saved. The next synchronisation asks "
        "again if it sees the same."
    ),
)


class SyncHandler(ListingJobHandler[SyncService]):
    """Base of every marketplace's sync."""

    action = "sync"
    batch_size: ClassVar[int] = 10
    """Listings that one task asks for one by one."""
    reads_listings: ClassVar[bool] = True
    """Whether pages show too little, so that each listing is asked for besides."""

    def create_tasks(self, _job: MarketplaceJob) -> Iterable[PlannedTask]:
        yield self._page(1, self.get_service().shop.first)

    @appending
    @reads
    def read_page(self, task: TaskRun) -> Appended:
        page, batch = self.get_service().read_page(task.payload)
        before = task.receipts.get("read_page", ())
        receipt = receipt_of(page) | batch.without_repeats(before).as_receipt()
        receipts = [*before, receipt]
        if len(receipts) > MOST_PAGES:
            raise PermanentError(sentence("The marketplace lists pages without an end."))
        if page.following is not None:
            return Appended(receipt, (self._page(len(receipts) + 1, page.following),))
        return Appended(receipt, tuple(self._after_pages(reading_of(receipts))))

    @calls(1, None)
    @reads
    def read_listings(self, task: TaskRun) -> Receipt:
        return self.get_service().read_listings(task.payload["names"]).as_receipt()

    @appending
    @calls(0, 0)
    @reads
    def compare(self, task: TaskRun) -> Appended:
        """No atomic step, although it only reads our tables: those run again at each retry."""
        reading = _reading(task)
        compared = self.get_service().compare(reading, _batches(task))
        receipt = {"shared": compared.shared, "missing": dict(reading.missing)}
        return Appended(receipt, tuple(self._after_comparing(task, reading, compared.unseen)))

    @calls(1, None)
    @reads
    def confirm(self, task: TaskRun) -> Receipt:
        return self.get_service().confirm(task.payload["listings"]).as_receipt()

    @deciding_step(END_OR_LEAVE)
    def decide(self, task: TaskRun) -> Receipt:
        may = self.get_service().may_vanish(_batches(task), decision=task.decision)
        return {"vanish": may}

    @atomic_step
    def save(self, task: TaskRun) -> Receipt:
        batch = Batch.from_receipt(task.receipts[task.payload["step"]][task.payload["number"]])
        self.hold_job()
        saved = self.get_service().save(
            batch,
            shared=task.receipt("compare")["shared"],
            may_vanish=task.receipt("decide")["vanish"],
        )
        return saved.as_receipt()

    @atomic_step
    def finish(self, task: TaskRun) -> Receipt:
        began_at = Batch.from_receipt(task.receipts["read_page"][0]).read_at
        complete = _reading(task).is_complete
        self.hold_job()
        self.get_service().finish(began_at=began_at, complete=complete)
        schedule.request_next(self.get_account(), self.action)
        return {"complete": complete, **totals(task.receipts.get("save", ()))}

    # -- plans

    def _page(self, number: int, position: dict[str, Any]) -> PlannedTask:
        return self.plan(sentence("Read page {number}", number=number), self.read_page, position)

    def _after_pages(self, reading: Reading) -> Iterator[PlannedTask]:
        names = list(reading.names.items()) if self.reads_listings else []
        parts = chunks(names, self.batch_size)
        for number, part in enumerate(parts, start=1):
            name = sentence("Read listings {number}/{count}", number=number, count=len(parts))
            yield self.plan(name, self.read_listings, {"names": dict(part)})
        yield self.plan(sentence("Compare with StoFlow's records"), self.compare)

    def _after_comparing(
        self, task: TaskRun, reading: Reading, unseen: list[int]
    ) -> Iterator[PlannedTask]:
        parts = chunks(unseen, self.batch_size)
        for number, part in enumerate(parts, start=1):
            name = sentence("Look for listings {number}/{count}", number=number, count=len(parts))
            yield self.plan(name, self.confirm, {"listings": list(part)})
        yield self.plan(sentence("Check how many would end"), self.decide)
        source = "read_listings" if self.reads_listings else "read_page"
        read = [(source, number) for number in range(len(task.receipts.get(source, ())))]
        read += [("confirm", number) for number in range(len(parts))]
        for place, (step, number) in enumerate(read, start=1):
            name = sentence("Save what was read {number}/{count}", number=place, count=len(read))
            yield self.plan(name, self.save, {"step": step, "number": number})
        if reading.is_complete:
            yield self.plan(sentence("Finish"), self.finish)
        else:
            name = sentence("Finish: not all was shown, so nothing counts as gone")
            yield self.plan(name, self.finish)


def _reading(task: TaskRun) -> Reading:
    return reading_of(task.receipts["read_page"])


def _batches(task: TaskRun) -> list[Batch]:
    steps = ("read_page", "read_listings", "confirm")
    receipts = (receipt for step in steps for receipt in task.receipts.get(step, ()))
    return [Batch.from_receipt(receipt) for receipt in receipts]
