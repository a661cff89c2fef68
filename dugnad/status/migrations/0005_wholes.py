from django.db import migrations, models
from django.db.models import F


def the_same_as_by_place(apps, schema_editor):
    """Earlier releases: their whole file holds the wholes too."""
    apps.get_model("status", "Release").objects.filter(wholes="").update(wholes=F("by_place"))


class Migration(migrations.Migration):
    dependencies = [("status", "0004_problems")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="wholes",
            field=models.CharField(max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(the_same_as_by_place, migrations.RunPython.noop),
    ]
