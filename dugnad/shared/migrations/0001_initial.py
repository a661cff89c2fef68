import django.core.serializers.json
from django.core.management import call_command
import dugnad.shared.models
from django.db import migrations, models


# Triggers refuse what the ORM refuses. SQLite drops them when a later migration remakes the table: make them again there.
TRIGGERS = {
    "sqlite": [
        """
        CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON shared_auditevent
        BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END
        """,
        """
        CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON shared_auditevent
        BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END
        """,
    ],
    "postgresql": [
        """
        CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit events are never changed or deleted'; END $$
        """,
        """
        CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON shared_auditevent
        FOR EACH ROW EXECUTE FUNCTION audit_event_append_only()
        """,
    ],
}


def make_triggers(apps, schema_editor):
    for statement in TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_kind', models.CharField(max_length=20)),
                ('actor_id', models.CharField(max_length=100)),
                ('actor_name', models.CharField(max_length=200)),
                ('on_behalf_of', models.CharField(blank=True, max_length=200)),
                ('action', models.CharField(max_length=100)),
                ('thing_type', models.CharField(max_length=100)),
                ('thing_id', models.CharField(max_length=200)),
                ('before', dugnad.shared.models.CanonicalJSONField(null=True)),
                ('after', dugnad.shared.models.CanonicalJSONField(null=True)),
                ('previous', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'ordering': ['sequence'],
                'indexes': [models.Index(fields=['thing_type', 'thing_id'], name='audit_event_thing')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sequence__gte', 1)), name='audit_event_sequence')],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(default=0)),
                ('hash', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_head_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=100)),
                ('actor', models.CharField(max_length=121)),
                ('key', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('result', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('action', 'actor', 'key'), name='idempotency_key_once')],
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('topic', models.CharField(max_length=100)),
                ('payload', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('delivered_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('delivered_at__isnull', True)), fields=['id'], name='outbox_message_waiting')],
            },
        ),
        migrations.RunPython(make_triggers),
        migrations.RunPython(make_cache_table),
    ]
