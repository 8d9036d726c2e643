"""StoFlow's settings plus the toy marketplace, for tests and for the processes they start."""

from stoflow.settings import *  # noqa: F403
from stoflow.settings import INSTALLED_APPS as PROJECT_APPS
from stoflow.settings import env

INSTALLED_APPS = [*PROJECT_APPS, "tests.toymarket"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if env.str("TEST_DATABASE_NAME", default=""):
    # A process started by a test works on that test's database.
    DATABASES["default"]["NAME"] = env.str("TEST_DATABASE_NAME")  # noqa: F405
