"""Who says what the places are becomes a text in the languages of the platform; the next load writes all three."""

import json

from django.db import migrations, models

import dugnad.shared.text


def as_text(apps, schema_editor):
    for source in apps.get_model("places", "PlaceSource").objects.all():
        source.publisher = json.dumps({"nb": source.publisher})
        source.sha256 = ""  # read again at the next start
        source.save(update_fields=["publisher", "sha256"])


class Migration(migrations.Migration):
    dependencies = [("places", "0002_invented")]

    operations = [
        migrations.AlterField("placesource", "publisher", models.TextField()),
        migrations.RunPython(as_text, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("placesource", "publisher", dugnad.shared.text.TranslatedField()),
    ]
