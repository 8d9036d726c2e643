"""What the sandbox counted and our own tables say, beside what was to happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from marketplaces.models import Listing, Product
from marketplaces.sandbox.reports import EffectsReport, ListingReport, RequestReport
from tasks.models import MarketplaceTask, TaskAttempt
from tests.acceptance.exactly_once.points import KILLS, Point
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.ways import GONE
from tests.acceptance.shops import SellersShop

Counted = Counter[tuple[str, str]]
"""Effects by call and subject."""
_REFUSED = {401, 429}
"""Such an answer says that nothing was done, so the same step sends once more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    point: Point
    expected: str
    seen: str
    wrong: list[str]
    attempts: str

    def cells(self) -> list[str]:
        point = self.point
        handler = f"{point.way.marketplace} {point.way.action}"
        state = "ok" if not self.wrong else "; ".join(self.wrong)
        return [
            handler, point.way.name, point.step, point.told, self.expected, self.seen, state,
            self.attempts,
        ]  # fmt: skip


@dataclass
class Judge:
    """Looks at one shop after all its jobs have ended."""

    shop: SellersShop
    before: Counted
    """Effects before anything went wrong."""
    since: int
    """The last request before that."""
    names: dict[int, set[str]]
    """By which the sandbox calls each product and its photos."""
    report: EffectsReport = field(init=False)
    requests: dict[str, list[RequestReport]] = field(init=False)
    """The shop's own since then, by call."""
    tasks: dict[int, list[MarketplaceTask]] = field(init=False)
    attempts: list[TaskAttempt] = field(init=False)
    made: Counted = field(init=False)
    """Effects since then."""

    def __post_init__(self) -> None:
        self.report = self.shop.control.effects()
        self.requests = {}
        for request in self.shop.control.requests(since=self.since):
            if request["seller"] == self.shop.username:
                call = f"{request['method']} {request['template']}"
                self.requests.setdefault(call, []).append(request)
        self.attempts = self.shop.attempts()
        self.made = counted(self.report) - self.before
        self.tasks = {}
        for task in self.shop.tasks():
            self.tasks.setdefault(task.job_id, []).append(task)

    def row(self, trap: Trap) -> Row:
        assert trap.product
        point, product = trap.point, trap.product
        expected = +Counter(point.expected)
        seen = self._effects(product)
        wrong = [*self._wrong(trap, product)]
        if seen != expected:
            wrong.insert(0, f"effects {dict(seen)} instead of {dict(expected)}")
        own = [each for each in self.attempts if each.job_id == trap.job.pk]
        told = Counter(each.error_class for each in own)
        attempts = ", ".join(f"{name} {count}" for name, count in told.items())
        return Row(point, _short(expected), _short(seen), wrong, attempts)

    def _effects(self, product: Product) -> Counter[str]:
        made: Counter[str] = Counter()
        for (call, subject), count in self.made.items():
            if self._is_about(product, subject):
                made[call] += count
        return made

    def _wrong(self, trap: Trap, product: Product) -> Iterator[str]:
        way, job = trap.point.way, trap.job
        if job.action != way.action or job.status != "COMPLETED":
            yield f"the job is {job.status}: {job.error_message}"
        yield from self._wrong_listings(trap, product)
        yield from self._wrong_record(trap, product)
        yield from self._sent_again(trap, product)
        yield from self._untold_deaths(trap)

    def _is_about(self, product: Product, subject: str) -> bool:
        return bool(self.names[product.pk] & {subject, *subject.split()})

    def _listings(self, product: Product) -> list[ListingReport]:
        own = [each for each in self.report["listings"] if each["seller"] == self.shop.username]
        return [
            each
            for each in own
            if self._is_about(product, each["sku"]) or self._is_about(product, each["title"])
        ]

    def _wrong_listings(self, trap: Trap, product: Product) -> Iterator[str]:
        way, listings = trap.point.way, self._listings(product)
        live = [each for each in listings if each["status"] == "ACTIVE"]
        if len(live) != int(way.ends == "LIVE"):
            yield f"{len(live)} live listings"
        if drafts := [each for each in listings if each["status"] == "DRAFT"]:
            yield f"{len(drafts)} drafts"
        offers = [each for each in self.report["offers"] if each["sku"] == self.shop.sku(product)]
        if len(offers) > int(way.ends != GONE):
            yield f"{len(offers)} offers"
        fees = sum(each.get("fees", 0) for each in listings)
        if fees != way.fees:
            yield f"{fees} fees instead of {way.fees}"
        for listing in live:
            yield from self._wrong_content(product, listing)

    def _wrong_content(self, product: Product, listing: ListingReport) -> Iterator[str]:
        shown = (listing["title"], listing["price"], listing["quantity"])
        if shown != self.shop.shown(product):
            yield f"it shows {shown}"
        if [photo["checksum"] for photo in listing["photos"]] != self.shop.photos(product):
            yield f"it shows {len(listing['photos'])} photos, not the product's"

    def _wrong_record(self, trap: Trap, product: Product) -> Iterator[str]:
        ends = trap.point.way.ends
        with self.shop.inside():
            record = Listing.objects.filter(account=self.shop.account, product=product).first()
        if (record.status if record else GONE) != ends:
            yield f"our record says {record.status if record else GONE}"
        live = [
            each["listing_id"] for each in self._listings(product) if each["status"] == "ACTIVE"
        ]
        if record and ends == "LIVE" and live != [record.external_id]:
            yield f"our record names {record.external_id} instead of {live}"

    def _sent_again(self, trap: Trap, product: Product) -> Iterator[str]:
        """More requests than beginnings, or one after the last task that may send it had ended."""
        way = trap.point.way
        tasks = self.tasks.get(trap.job.pk, [])
        for call in sorted(way.writes):
            senders = [task for task in tasks if way.steps.get(task.step) == call]
            sent = [each for each in self._sent(call, product) if each["status"] not in _REFUSED]
            begun = sum(task.attempt_count for task in senders)
            if len(sent) > begun:
                yield f"{len(sent)} requests in {begun} beginnings: {call}"
            ended = max((_ended(task) for task in senders), default=0.0)
            if any(each["time"] > ended for each in sent):
                yield f"sent after its task had ended: {call}"

    def _sent(self, call: str, product: Product) -> Iterator[RequestReport]:
        for each in self.requests.get(call, []):
            if self._is_about(product, each["subject"]):
                yield each

    def _untold_deaths(self, trap: Trap) -> Iterator[str]:
        if trap.point.fault not in KILLS:
            return
        own = [each for each in self.attempts if each.job_id == trap.job.pk]
        told = sum(each.error_class == "WorkerDiedError" for each in own)
        if told != trap.deaths_to_tell:
            yield f"{told} deaths told of {trap.deaths_to_tell}"


def counted(report: EffectsReport) -> Counted:
    each = report["effects_by_subject"]
    return Counter({(effect["route"], effect["subject"]): effect["count"] for effect in each})


def _ended(task: MarketplaceTask) -> float:
    return task.completed_at.timestamp() if task.completed_at else float("inf")


def _short(effects: Mapping[str, int]) -> str:
    """Method and the last words of each path."""
    told = []
    for call, count in sorted(effects.items()):
        method, _, path = call.partition(" ")
        words = [part for part in path.split("/") if not part.startswith("{")]
        told.append(f"{method} {words[-1]} {count}")
    return ", ".join(told) or "none"
