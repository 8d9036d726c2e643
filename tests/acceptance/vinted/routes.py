"""The calls of Vinted's jobs, by the names under which the sandbox counts and spoils them."""

from __future__ import annotations

_ROOT = "/api/v2"

WHO_AM_I = f"GET {_ROOT}/users/current"
PHOTO = f"POST {_ROOT}/photos"
DRAFT = f"POST {_ROOT}/item_upload/drafts"
COMPLETE = f"POST {_ROOT}/item_upload/drafts/{{item_id}}/completion"
READ = f"GET {_ROOT}/item_upload/items/{{item_id}}"
UPDATE = f"PUT {_ROOT}/item_upload/items/{{item_id}}"
HIDE = f"PUT {_ROOT}/items/{{item_id}}/is_hidden"
DELETE = f"POST {_ROOT}/items/{{item_id}}/delete"
WARDROBE = f"GET {_ROOT}/wardrobe/{{user_id}}/items"
ORDERS = f"GET {_ROOT}/my_orders"
WRITES = frozenset({PHOTO, DRAFT, COMPLETE, UPDATE, HIDE, DELETE})
