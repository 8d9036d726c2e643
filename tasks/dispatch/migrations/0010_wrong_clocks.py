from django.db import migrations, models


class Migration(migrations.Migration):
    """A machine's workers say when its clock keeps them from taking work."""

    dependencies = [("dispatch", "0009_offline")]

    operations = [
        migrations.AddField(
            model_name="workerpresence",
            name="clock_ahead_seconds",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
