"""An index of the messages to a SIM that still stand in plans: every open conversation asks for them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("commands", "0005_pace")]

    operations = [
        migrations.AddIndex(
            model_name="command",
            index=models.Index(
                fields=["enterprise", "giccid", "-id"],
                condition=models.Q(("kind", "sms"), ("state", "planned")),
                name="message_to_come",
            ),
        ),
    ]
