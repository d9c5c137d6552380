from django.db import migrations, models
from django.db.models.functions import MD5


class Migration(migrations.Migration):
    """What a SIM sent is one message by SIM, number and text."""

    dependencies = [("messaging", "0004_of_accounts")]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="message_from_once"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                models.F("enterprise"),
                models.F("giccid"),
                models.F("remote_id"),
                MD5("text"),
                condition=models.Q(("direction", "mo"), models.Q(("remote_id", ""), _negated=True)),
                name="message_told_once",
            ),
        ),
    ]
