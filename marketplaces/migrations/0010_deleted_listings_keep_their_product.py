import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """An order of a listing that was deleted meanwhile is tied to its product."""

    dependencies = [("marketplaces", "0009_import_leases")]

    operations = [
        migrations.AddField(
            model_name="deletedlisting",
            name="product",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="marketplaces.product",
            ),
        ),
    ]
