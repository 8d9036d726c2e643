from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0006_outages"),
    ]

    operations = [
        migrations.AddField(
            model_name="workerpresence",
            name="silent_seconds",
            field=models.PositiveSmallIntegerField(db_default=180),
        ),
    ]
