"""What is at Vinted in the end, and what our own tables say: each product once, each photo once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from marketplaces.models import CommandStatus, Product
from tasks.states import JobStatus
from tests.acceptance.vinted.routes import COMPLETE, DRAFT, PHOTO
from tests.acceptance.vinted_browser.shop import BrowserShop

_ENDED = (
    CommandStatus.ANSWERED,
    CommandStatus.UNSENT,
    CommandStatus.LOST,
    CommandStatus.VOID,
)
HEAD = ["what", "expected", "seen"]


def assert_each_is_there_once(shop: BrowserShop, products: Sequence[Product]) -> None:
    report = shop.control.effects()
    own = [each for each in report["listings"] if each["seller"] == shop.username]
    assert Counter(each["status"] for each in own) == {"ACTIVE": len(products)}
    wanted = {
        shop.sku(each): (f"{each.title} [{shop.sku(each)}]", shop.photos(each)) for each in products
    }
    shown = {
        each["sku"]: (each["title"], [photo["checksum"] for photo in each["photos"]])
        for each in own
    }
    assert shown == wanted
    photos = [checksum for _, checksums in shown.values() for checksum in checksums]
    assert len(set(photos)) == len(photos)
    assert report["violations"] == []
    made = {call: report["effects"][call] for call in (PHOTO, DRAFT, COMPLETE)}
    assert made == {PHOTO: len(photos), DRAFT: len(products), COMPLETE: len(products)}


def assert_all_is_recorded(shop: BrowserShop, products: Sequence[Product]) -> None:
    (batch,) = shop.batches()
    assert (batch.status, batch.completed_count) == ("COMPLETED", len(products))
    assert Counter(job.status for job in shop.jobs()) == {JobStatus.COMPLETED: len(products)}
    numbers = {shop.sku(each): shop.record(each).external_id for each in products}
    assert numbers == {
        each["sku"]: each["listing_id"] for each in shop.control.effects()["listings"]
    }
    assert {shop.record(each).status for each in products} == {"LIVE"}
    assert shop.is_ready()


def assert_commands_lost(shop: BrowserShop, number: int) -> None:
    """So many; all others were answered, or certainly not sent."""
    ended = Counter(each.status for each in shop.commands())
    assert ended[CommandStatus.LOST] == number
    assert set(ended) <= {*_ENDED}


def rows(
    shop: BrowserShop, products: Sequence[Product], ended: Sequence[str], took: float
) -> list[list[str]]:
    report = shop.control.effects()
    photos = sum(len(shop.photos(each)) for each in products)
    made = report["effects"]
    commands = Counter(f"{each.status} {each.reason}".strip() for each in shop.commands())
    told = ", ".join(f"{status} {count}" for status, count in sorted(commands.items()))
    tries = Counter(each.error_class for each in shop.attempts())
    return [
        ["1 items on sale", str(len(products)), str(report["summary"]["active_listings"])],
        ["2 photos attached", str(photos), str(report["summary"]["photos_attached"])],
        ["3 photos twice", "0", str(report["summary"]["photos_attached_twice"])],
        ["4 drafts left", "0", str(report["summary"]["draft_listings"])],
        ["5 drafts made", str(len(products)), str(made[DRAFT])],
        ["6 completions", str(len(products)), str(made[COMPLETE])],
        ["7 uploads", str(photos), str(made[PHOTO])],
        ["8 killed or closed", str(len(ended)), ", ".join(ended)],
        ["9 commands", "", told],
        ["10 failed tries", "", ", ".join(f"{name} {n}" for name, n in sorted(tries.items()))],
        ["11 seconds", "", f"{took:.0f}"],
    ]
