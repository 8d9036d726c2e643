"""StoFlow's settings plus the toy marketplace, for tests and for the processes they start."""

from stoflow.settings import *  # noqa: F403
from stoflow.settings import INSTALLED_APPS as PROJECT_APPS
from stoflow.settings import STAFF as FOR_STAFF
from stoflow.settings import env

INSTALLED_APPS = [*PROJECT_APPS, "tests.toymarket"]
# How much is planned shall not depend on how busy the machine is.
STAFF = FOR_STAFF | {"planning_ms": 60_000}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A test makes several clients, each with all middleware: static files are looked for when asked for.
WHITENOISE_AUTOREFRESH = True

if env.str("TEST_DATABASE_NAME", default=""):
    # A process started by a test works on that test's database.
    DATABASES["default"]["NAME"] = env.str("TEST_DATABASE_NAME")  # noqa: F405
