"""The ways through Vinted's handlers, and what else can go wrong there: between worker and browser."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.utils import timezone

from marketplaces.models import Listing, ListingStatus, Product
from tests.acceptance.exactly_once.ways import GONE, Way, add_photo, fields, retitle
from tests.acceptance.shops import SellersShop
from tests.acceptance.vinted import routes

# What was answered is a row before anybody here uses it, so no answer dies with a worker.
_way = partial(Way, marketplace="vinted", notes_uploads=True, keeps_answers=True)
_publish = partial(_way, action="publish")
_update = partial(_way, action="update", before=("publish",))
_activate = partial(_way, action="activate", before=("publish", "unpublish"))


def _recorded_as_sold(shop: SellersShop, product: Product) -> None:
    """A sale that fell through after our records had it."""
    with shop.inside():
        Listing.objects.filter(product=product).update(
            status=ListingStatus.SOLD, updated_at=timezone.now() - timedelta(hours=1)
        )


_NEW_PRICE = fields(price="25.00")
_CHANGED = {
    "validate": "",
    "map_changes": "",
    "compare": routes.READ,
    "save_item": routes.UPDATE,
    "save_updated": "",
}

WAYS = (
    _publish(
        name="new",
        steps={
            "validate": "",
            "map_product": "",
            "upload_photo": routes.PHOTO,
            "create_draft": routes.DRAFT,
            "complete": routes.COMPLETE,
            "save_result": "",
        },
        looks={"create_draft": routes.WARDROBE, "complete": routes.READ},
        effects={routes.PHOTO: 1, routes.DRAFT: 1, routes.COMPLETE: 1},
    ),
    _publish(
        name="live, changed",
        before=("publish",),
        edits=(_NEW_PRICE,),
        steps={"confirm": routes.READ, **_CHANGED},
        effects={routes.UPDATE: 1},
    ),
    _publish(
        name="hidden",
        before=("publish", "unpublish"),
        steps={"show_again": routes.HIDE, "save_shown": ""},
        effects={routes.HIDE: 1},
    ),
    _publish(
        name="over, and back on sale",
        before=("publish",),
        edits=(_recorded_as_sold, _NEW_PRICE),
        steps={"look_whether_back": routes.READ, **_CHANGED},
        effects={routes.UPDATE: 1},
    ),
    _update(
        name="everything",
        edits=(retitle, _NEW_PRICE, add_photo),
        steps={
            "validate": "",
            "map_changes": "",
            "compare": routes.READ,
            "upload_photo": routes.PHOTO,
            "save_item": routes.UPDATE,
            "save_updated": "",
        },
        effects={routes.PHOTO: 1, routes.UPDATE: 1},
    ),
    _update(name="nothing", steps={"confirm": routes.READ}),
    _update(
        name="sold out",
        edits=(fields(stock=0),),
        steps={"withdraw": routes.HIDE, "save_withdrawn": ""},
        effects={routes.HIDE: 1},
        ends="WITHDRAWN",
    ),
    _way(
        action="unpublish",
        name="live",
        before=("publish",),
        steps={"withdraw": routes.HIDE, "save_withdrawn": ""},
        effects={routes.HIDE: 1},
        ends="WITHDRAWN",
    ),
    _activate(
        name="changed since",
        edits=(retitle, add_photo),
        steps={
            "show": routes.HIDE,
            "save_shown": "",
            "validate": "",
            "map_changes": "",
            "compare": routes.READ,
            "upload_photo": routes.PHOTO,
            "save_item": routes.UPDATE,
            "save_updated": "",
        },
        effects={routes.HIDE: 1, routes.PHOTO: 1, routes.UPDATE: 1},
    ),
    _way(
        action="delete",
        name="live",
        before=("publish",),
        steps={"delete": routes.DELETE, "forget": ""},
        effects={routes.DELETE: 1},
        ends=GONE,
    ),
    _way(
        action="archive",
        name="hidden",
        before=("publish", "unpublish"),
        steps={"archive": routes.DELETE, "save_archived": ""},
        effects={routes.DELETE: 1},
        ends="ENDED",
    ),
)

_sweep = partial(_way, about_account=True)
SWEEPS = (
    _sweep(
        action="sync",
        name="one by hand, one gone",
        steps={
            "read_lists": routes.COLORS,
            "save_lists": "",
            "read_page": routes.WARDROBE,
            "compare": "",
            "confirm": routes.READ,
            "decide": "",
            "save": "",
            "finish": "",
        },
        never=("read_listings",),
    ),
    _sweep(
        action="orders",
        name="two orders",
        steps={"read_page": routes.ORDERS, "save": "", "finish": ""},
    ),
)
