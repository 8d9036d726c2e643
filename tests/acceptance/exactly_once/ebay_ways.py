"""The ways through eBay's handlers."""

from __future__ import annotations

from functools import partial

from tests.acceptance.ebay import routes
from tests.acceptance.exactly_once.ways import GONE, Way, add_photo, fields, retitle

_way = partial(Way, marketplace="ebay")
_publish = partial(_way, action="publish")
_update = partial(_way, action="update", before=("publish",))
_set_quantity = partial(_way, action="set_quantity", before=("publish",))
_NEW_PRICE = fields(price="25.00", stock=2)
_SOLD_OUT = fields(stock=0)


def _publishing(upload: str) -> dict[str, str]:
    return {
        "validate": "",
        "map_product": "",
        "upload_image": upload,
        "save_inventory_item": routes.PUT_ITEM,
        "create_offer": routes.CREATE_OFFER,
        "update_offer": "",
        "publish_offer": routes.PUBLISH,
        "save_result": "",
    }


_AGAIN = {
    "validate": "",
    "map_product": "",
    "look_whether_sold": routes.READ_OFFER,
    "upload_image": "",
    "save_inventory_item": routes.PUT_ITEM,
    "create_offer": "",
    "update_offer": routes.UPDATE_OFFER,
    "publish_offer": "",
    "save_result": "",
}
_ONCE = (routes.PUT_ITEM, routes.CREATE_OFFER, routes.PUBLISH)

WAYS = (
    _publish(
        name="new, a file",
        steps=_publishing(routes.UPLOAD_FILE),
        effects=dict.fromkeys((routes.UPLOAD_FILE, *_ONCE), 1),
    ),
    _publish(
        name="new, a link",
        photos=("link",),
        steps=_publishing(routes.UPLOAD_LINK),
        effects=dict.fromkeys((routes.UPLOAD_LINK, *_ONCE), 1),
    ),
    _publish(
        name="live, changed",
        before=("publish",),
        edits=(_NEW_PRICE,),
        steps=_AGAIN,
        effects={routes.PUT_ITEM: 1, routes.UPDATE_OFFER: 1},
    ),
    _publish(
        name="withdrawn",
        before=("publish", "unpublish"),
        steps={"publish_offer": routes.PUBLISH, "save_result": ""},
        also=("publish_offer",),
        effects={routes.PUBLISH: 1},
    ),
    _publish(name="live", before=("publish",), steps={"confirm": routes.READ_OFFER}),
    _update(
        name="everything",
        edits=(retitle, _NEW_PRICE, add_photo),
        steps={
            "validate": "",
            "map_product": "",
            "look": routes.READ_OFFER,
            "upload_image": routes.UPLOAD_FILE,
            "save_inventory_item": routes.PUT_ITEM,
            "update_offer": routes.UPDATE_OFFER,
            "save_result": "",
        },
        effects=dict.fromkeys((routes.UPLOAD_FILE, routes.PUT_ITEM, routes.UPDATE_OFFER), 1),
    ),
    _update(
        name="price and stock",
        edits=(_NEW_PRICE,),
        steps={"set_price_and_stock": routes.SET_PRICE, "save_result": ""},
        effects={routes.SET_PRICE: 1},
    ),
    _update(
        name="sold out",
        edits=(_SOLD_OUT,),
        steps={"withdraw": routes.WITHDRAW, "save_withdrawal": ""},
        effects={routes.WITHDRAW: 1},
        ends="WITHDRAWN",
    ),
    _set_quantity(
        name="fewer",
        edits=(fields(stock=2),),
        steps={"set_quantity": routes.SET_PRICE, "save_quantity": ""},
        effects={routes.SET_PRICE: 1},
    ),
    _set_quantity(
        name="sold out",
        edits=(_SOLD_OUT,),
        steps={"withdraw": routes.WITHDRAW, "save_withdrawal": ""},
        effects={routes.WITHDRAW: 1},
        ends="WITHDRAWN",
    ),
    _way(
        action="unpublish",
        name="live",
        before=("publish",),
        steps={"withdraw": routes.WITHDRAW, "save_withdrawal": ""},
        effects={routes.WITHDRAW: 1},
        ends="WITHDRAWN",
    ),
    _way(
        action="delete",
        name="live",
        before=("publish",),
        steps={
            "delete_offer": routes.DELETE_OFFER,
            "delete_item": routes.DELETE_ITEM,
            "remove_record": "",
        },
        effects={routes.DELETE_OFFER: 1, routes.DELETE_ITEM: 1},
        ends=GONE,
    ),
)
