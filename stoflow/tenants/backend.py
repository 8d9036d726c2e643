"""Signing in by password; what a person may do is what their role in the current seller holds."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission

from stoflow.tenants.access import access
from tasks.tenancy import current_schema


class MembershipBackend(ModelBackend):
    """Groups and permissions of the user itself count for nothing: they would hold everywhere.

    Asked asynchronously it grants nothing, since the schema that one is in belongs to a thread.
    """

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is not None or not user_obj.is_active:
            return set()
        if user_obj.is_superuser:
            every = Permission.objects.values_list("content_type__app_label", "codename")
            return {f"{app}.{codename}" for app, codename in every.order_by()}
        return set(access(user_obj, current_schema()).permissions)

    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
