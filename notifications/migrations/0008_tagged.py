from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_pace")]

    operations = [
        migrations.AlterField(
            model_name="execution",
            name="deed",
            field=models.CharField(
                choices=[
                    ("matched", "Matched"),
                    ("cleared", "Cleared"),
                    ("told", "Told"),
                    ("shadow", "Would have suspended"),
                    ("suspended", "Suspended"),
                    ("tagged", "Tagged"),
                    ("capped", "Stopped by the limit"),
                    ("refused", "Refused"),
                    ("failed", "Failed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="execution",
            name="giccids",
            field=models.JSONField(default=list, help_text="Of what was tagged, suspended, or would have been."),
        ),
    ]
