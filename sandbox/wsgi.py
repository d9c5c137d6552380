"""The WSGI application, for `sandbox.server`."""

import os

from django.core.wsgi import get_wsgi_application

# Not a default: a supervisor of another Django project hands its own settings module down.
os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
application = get_wsgi_application()
