from tests.tasks.admin.conftest import member, nobody, rightless, stranger, superuser, viewer
from tests.tasks.conftest import bench

__all__ = ["bench", "member", "nobody", "rightless", "stranger", "superuser", "viewer"]
