from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_rule_names")]

    operations = [
        migrations.RemoveField(model_name="readpace", name="hinted"),
        migrations.AlterField(
            model_name="readpace", name="next_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="readpace",
            name="known_next_at",
            field=models.DateTimeField(help_text="For claims that tell nothing new.", null=True),
        ),
        migrations.AddField(
            model_name="readpace",
            name="known_gap_seconds",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="event",
            name="is_news",
            field=models.BooleanField(
                default=False, help_text="It contradicts what we knew when it came."
            ),
        ),
    ]
