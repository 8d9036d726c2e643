from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0007_presence_silence"),
    ]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="paused_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
