"""What staff did, and what came of it; the rows of an action go with it, in the database."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
ALTER TABLE staff_action_outcomes ADD CONSTRAINT staff_action_outcomes_action_id_fk
    FOREIGN KEY (action_id) REFERENCES staff_actions (id) ON DELETE CASCADE;
"""

BACKWARD = """
ALTER TABLE staff_action_outcomes DROP CONSTRAINT staff_action_outcomes_action_id_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("tasks", "0003_lane_health_indexes"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="StaffAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(max_length=40, verbose_name="what")),
                ("by", models.CharField(max_length=150, verbose_name="who")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                ("scope_words", models.TextField(blank=True, verbose_name="to what")),
                ("scope", models.JSONField(blank=True, default=dict)),
                ("expected_count", models.IntegerField(blank=True, null=True)),
                ("done_count", models.IntegerField(default=0)),
                ("refused_count", models.IntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("RUNNING", "Under way"), ("FINISHED", "Finished")],
                        default="RUNNING",
                        max_length=10,
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "staff action",
                "verbose_name_plural": "staff actions",
                "db_table": "staff_actions",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["kind", "-id"], name="ix_staff_actions_kind"),
                    models.Index(fields=["by", "-id"], name="ix_staff_actions_by"),
                    models.Index(fields=["at"], name="ix_staff_actions_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffActionOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_id", models.BigIntegerField(blank=True, null=True)),
                ("batch_id", models.BigIntegerField(blank=True, null=True)),
                ("account_id", models.BigIntegerField(blank=True, null=True)),
                ("product_id", models.BigIntegerField(blank=True, null=True)),
                ("subject", models.CharField(max_length=600)),
                ("done", models.BooleanField()),
                ("sentence", models.TextField()),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="outcomes",
                        to="tasks.staffaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome",
                "db_table": "staff_action_outcomes",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["action", "id"], name="ix_outcomes_action"),
                    models.Index(
                        condition=models.Q(("job_id__isnull", False)),
                        fields=["job_id", "action"],
                        name="ix_outcomes_job",
                    ),
                    models.Index(
                        condition=models.Q(("batch_id__isnull", False)),
                        fields=["batch_id", "action"],
                        name="ix_outcomes_batch",
                    ),
                    models.Index(
                        condition=models.Q(("account_id__isnull", False)),
                        fields=["account_id", "action"],
                        name="ix_outcomes_account",
                    ),
                    models.Index(
                        condition=models.Q(("product_id__isnull", False)),
                        fields=["product_id", "action"],
                        name="ix_outcomes_product",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("job_id__isnull", False)),
                        fields=("action", "job_id"),
                        name="each_job_once_per_staff_action",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
