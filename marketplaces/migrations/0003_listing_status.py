from django.db import migrations, models


class Migration(migrations.Migration):
    """Withdrawn and sold out are told apart from ended."""

    dependencies = [("marketplaces", "0002_search_and_uploads")]

    operations = [
        migrations.AlterField(
            model_name="listing",
            name="status",
            field=models.CharField(
                choices=[
                    ("DRAFT", "Not live yet"),
                    ("LIVE", "Live"),
                    ("WITHDRAWN", "Withdrawn"),
                    ("SOLD", "Sold out"),
                    ("ENDED", "Ended"),
                ],
                default="DRAFT",
                max_length=10,
            ),
        )
    ]
