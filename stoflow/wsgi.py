"""The web server's entry point; WSGI because a tenant's schema belongs to a thread."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoflow.settings")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # with all pages: now, and not when the first visitor waits
