"""What the plugin does, and nothing else, whatever a server asks for."""

import re
from typing import Any

_PATHS = (
    ("GET", "users/current"),
    ("GET", "wardrobe/{id}/items"),
    ("GET", "item_upload/items/{id}"),
    ("GET", "item_upload/catalogs"),
    ("GET", "item_upload/colors"),
    ("GET", "item_upload/brands"),
    ("GET", "item_upload/size_groups"),
    ("GET", "my_orders"),
    ("GET", "transactions/{id}"),
    ("POST", "photos"),
    ("POST", "item_upload/drafts"),
    ("POST", "item_upload/drafts/{id}/completion"),
    ("DELETE", "item_upload/drafts/{id}"),
    ("PUT", "item_upload/items/{id}"),
    ("PUT", "items/{id}/is_hidden"),
    ("POST", "items/{id}/delete"),
)
"""The document's list, below /api/v2."""

_LIST = [
    (method, re.compile(f"/api/v2/{path.replace('{id}', '[0-9]{1,20}')}", re.ASCII))
    for method, path in _PATHS
]


def is_allowed(request: dict[str, Any], *, writes: bool) -> bool:
    """Whether a command's request is on the list, and is what it says: a read reads."""
    method, path = request["method"], request["path"].partition("?")[0]
    if not any(method == each and known.fullmatch(path) for each, known in _LIST):
        return False
    is_read = method == "GET"
    has_body = request["json"] is not None or request["form"] is not None
    if request["json"] is not None and request["form"] is not None:
        return False
    return is_read != writes and not (is_read and has_body)
