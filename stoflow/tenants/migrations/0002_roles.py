"""The roles viewer, support and manager; whoever was a member already becomes a viewer.

Backwards: memberships lose their role; the groups go unless somebody uses them for a purpose of
their own.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from stoflow.tenants import roles


def make_roles(apps: Any, schema_editor: Any) -> None:
    roles.make(apps, using=schema_editor.connection.alias)


def viewers(apps: Any, schema_editor: Any) -> None:
    viewer = apps.get_model("auth", "Group").objects.get(name=roles.VIEWER)
    apps.get_model("tenants", "Membership").objects.filter(role=None).update(role=viewer)


def nobody(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "Membership").objects.update(role=None)
    # The column is dropped in this very transaction, which no pending check may delay.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def remove_roles(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("auth", "Group")
    group.objects.filter(name__in=roles.ROLES, user=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="role",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="auth.group",
            ),
        ),
        migrations.RunPython(make_roles, remove_roles),
        migrations.RunPython(viewers, nobody),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.ForeignKey(
                limit_choices_to={"name__in": roles.ROLES},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="auth.group",
            ),
        ),
    ]
