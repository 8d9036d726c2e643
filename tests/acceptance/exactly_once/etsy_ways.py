"""The ways through Etsy's handlers."""

from __future__ import annotations

from functools import partial

from tests.acceptance.etsy import routes
from tests.acceptance.exactly_once.ways import (
    GONE,
    Way,
    add_photo,
    fields,
    remove_photo,
    retitle,
)

_way = partial(Way, marketplace="etsy", fees=1, notes_uploads=True)
_publish = partial(_way, action="publish")
_update = partial(_way, action="update", before=("publish",))
_set_quantity = partial(_way, action="set_quantity", before=("publish",))
_NEW_PRICE = fields(price="25.00", stock=2)

WAYS = (
    _publish(
        name="new",
        steps={
            "validate": "",
            "map_product": "",
            "create_draft": routes.CREATE,
            "save_stock": routes.PUT_INVENTORY,
            "upload_photo": routes.UPLOAD,
            "arrange_photos": routes.READ_IMAGES,
            "save_texts": routes.PATCH,
            "go_live": routes.PATCH,
            "save_result": "",
        },
        effects={
            routes.CREATE: 1,
            routes.PUT_INVENTORY: 1,
            routes.UPLOAD: 1,
            routes.PATCH: 2,
        },
    ),
    _publish(name="live", before=("publish",), steps={"confirm": routes.READ}),
    _publish(
        name="changed",
        before=("publish",),
        edits=(_NEW_PRICE,),
        steps={"look_whether_sold": routes.READ, "save_stock": routes.PUT_INVENTORY},
        effects={routes.PUT_INVENTORY: 1},
    ),
    _publish(
        name="withdrawn",
        before=("publish", "unpublish"),
        steps={"go_live": routes.PATCH, "save_result": ""},
        also=("go_live",),
        effects={routes.PATCH: 1},
    ),
    _update(
        name="everything",
        edits=(retitle, _NEW_PRICE, add_photo),
        steps={
            "validate": "",
            "confirm": routes.READ,
            "map_product": "",
            "save_texts": routes.PATCH,
            "save_stock": routes.PUT_INVENTORY,
            "upload_photo": routes.UPLOAD,
            "arrange_photos": routes.READ_IMAGES,
            "save_updated": "",
        },
        effects={routes.PATCH: 1, routes.PUT_INVENTORY: 1, routes.UPLOAD: 1},
    ),
    _update(
        name="a photo less",
        photos=("file", "file"),
        edits=(remove_photo,),
        steps={"arrange_photos": routes.DELETE_IMAGE, "save_updated": ""},
        effects={routes.DELETE_IMAGE: 1},
    ),
    _update(name="nothing", steps={"confirm": routes.READ}),
    _update(
        name="sold out",
        edits=(fields(stock=0),),
        steps={"withdraw": routes.PATCH, "save_withdrawn": ""},
        effects={routes.PATCH: 1},
        ends="WITHDRAWN",
    ),
    _set_quantity(
        name="fewer",
        edits=(fields(stock=2),),
        steps={"set_quantity": routes.PUT_INVENTORY, "save_quantity": ""},
        effects={routes.PUT_INVENTORY: 1},
    ),
    _set_quantity(
        name="sold out",
        edits=(fields(stock=0),),
        steps={"withdraw": routes.PATCH, "save_withdrawn": ""},
        effects={routes.PATCH: 1},
        ends="WITHDRAWN",
    ),
    _way(
        action="unpublish",
        name="live",
        before=("publish",),
        steps={"withdraw": routes.PATCH, "save_withdrawn": ""},
        effects={routes.PATCH: 1},
        ends="WITHDRAWN",
    ),
    _way(
        action="activate",
        name="withdrawn",
        before=("publish", "unpublish"),
        edits=(fields(stock=2),),
        steps={
            "save_stock": routes.PUT_INVENTORY,
            "go_live": routes.PATCH,
            "save_result": "",
        },
        effects={routes.PUT_INVENTORY: 1, routes.PATCH: 1},
    ),
    _way(
        action="activate",
        name="live",
        before=("publish",),
        edits=(fields(stock=2),),
        steps={"look_whether_sold": routes.READ, "save_stock": routes.PUT_INVENTORY},
        effects={routes.PUT_INVENTORY: 1},
    ),
    _way(
        action="delete",
        name="live",
        before=("publish",),
        steps={"delete": routes.DELETE, "forget": ""},
        effects={routes.DELETE: 1},
        ends=GONE,
        fees=0,
    ),
)
