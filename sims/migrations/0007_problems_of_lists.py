
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sims', '0006_protection'),
    ]

    operations = [
        migrations.AlterField(
            model_name='selection',
            name='problems',
            field=models.JSONField(default=list, help_text='[{line, text, reason}] of a list.'),
        ),
    ]
