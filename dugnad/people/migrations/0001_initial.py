import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('language', models.CharField(choices=[('nb', 'Bokmål'), ('nn', 'Nynorsk'), ('en', 'English')], default='nb', max_length=2)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='person_email_in_lower_case')],
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('municipality', 'municipality'), ('county', 'county council'), ('network', 'network'), ('other', 'other organisation')], max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('number', models.CharField(blank=True, max_length=9)),
                ('place_code', models.CharField(blank=True, max_length=4)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('number',), name='organisation_number_once'), models.UniqueConstraint(condition=models.Q(('place_code', ''), _negated=True), fields=('kind', 'place_code'), name='organisation_place_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['municipality', 'county']), ('place_code', ''), _connector='XOR'), name='organisation_place_by_kind')],
            },
        ),
        migrations.CreateModel(
            name='Office',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('adviser', 'adviser'), ('secretariat', 'secretariat'), ('operator', 'operator')], max_length=20)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offices', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offices', to='people.organisation')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='office_term'), models.CheckConstraint(condition=models.Q(('role', 'operator'), ('organisation__isnull', False), _connector='XOR'), name='office_organisation_by_role'), models.UniqueConstraint(fields=('person', 'organisation', 'role', 'valid_from'), name='office_once'), models.UniqueConstraint(condition=models.Q(('organisation', None)), fields=('person', 'role', 'valid_from'), name='office_of_operator_once')],
            },
        ),
    ]
