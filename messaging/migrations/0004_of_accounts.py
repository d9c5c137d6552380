"""Indexes for people who see some accounts only: they would walk through everybody's messages to theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("messaging", "0003_bulk")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["enterprise", "account_id", "-at", "-id"], name="message_of_account"
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                fields=["enterprise", "account_id", "-last_at", "-id"], name="thread_of_account"
            ),
        ),
    ]
