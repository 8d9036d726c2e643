"""The same ids in two schemas, worked on at the same time by the same processes."""

from __future__ import annotations

from django.db import connection

from tasks import actions
from tests.acceptance.engine.shop import (
    Shop,
    assert_effects,
    assert_nothing_held,
    assert_published_exactly_once,
)
from tests.acceptance.processes import Workers, until


def test_two_tenants_with_the_same_ids_never_mix(shop: Shop, workers: Workers) -> None:
    other = Shop.open(shop.world.path.parent, "t2", name="Games")
    shop.photos, other.photos = 2, 3
    mine, theirs = (each.batch(each.products(10), pace=0.02) for each in (shop, other))
    assert shop.account.pk == other.account.pk
    assert [job.pk for job in shop.jobs()] == [job.pk for job in other.jobs()]
    assert [p.pk for p in shop.made] == [p.pk for p in other.made]
    assert shop.world != other.world

    workers.start(workers=2)
    until(lambda: shop.working_or_done() and other.working_or_done(), 60, "both are worked on")
    assert shop.unfinished() or other.unfinished()
    shop.wait_until_all_ended()
    other.wait_until_all_ended()

    assert_published_exactly_once(shop, mine)
    assert_published_exactly_once(other, theirs)
    assert {task.name for task in shop.tasks() if task.step == "upload"} == {
        "Upload image 1/2",
        "Upload image 2/2",
    }
    assert {job.account_name for job in shop.jobs()} == {"Toys"}
    assert {job.account_name for job in other.jobs()} == {"Games"}
    assert shop.lane.pk != other.lane.pk
    assert tables_of_tenants_in_public() == []


def tables_of_tenants_in_public() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename IN ('marketplace_jobs', 'marketplace_tasks', 'batch_jobs', 'products')"
        )
        return [name for (name,) in cursor.fetchall()]


def test_staff_actions_in_one_tenant_change_nothing_in_the_other(
    shop: Shop, workers: Workers
) -> None:
    other = Shop.open(shop.world.path.parent, "t2")
    for each in (shop, other):
        products = each.products(2)
        each.batch(products, scripts={products[0].pk: {"validate": ["permanent"]}})
    workers.start(workers=1)
    for each in (shop, other):
        each.wait_until_all_ended()
    untouched = (other.rows(), other.world.lines("call"))

    failed, completed = shop.jobs()
    assert (failed.status, completed.status) == ("FAILED", "COMPLETED")
    # One that no worker can have ended before it is cancelled.
    waiting = shop.job(shop.request_later())
    with shop.inside():
        actions.cancel(waiting, requested_by="staff")
        assert actions.retry(failed).retried
    shop.wait_until_all_ended()

    assert shop.job(failed.pk).status == "COMPLETED"
    assert shop.job(waiting.pk).status == "CANCELLED"
    assert (other.rows(), other.world.lines("call")) == untouched
    assert_nothing_held(other)
    assert_effects(other, [other.made[1].pk])
