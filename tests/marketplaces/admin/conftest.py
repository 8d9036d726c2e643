from tests.marketplaces.catalogue_import.conftest import storage
from tests.tasks.admin.conftest import member, nobody, rightless, shop, stranger, superuser, viewer
from tests.tasks.conftest import bench

__all__ = [
    "bench",
    "member",
    "nobody",
    "rightless",
    "shop",
    "storage",
    "stranger",
    "superuser",
    "viewer",
]
