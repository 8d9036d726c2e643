"""Settings of the Django project; everything that differs between installations is environment.

`README.md` lists the variables. Without any, StoFlow runs on an embedded PostgreSQL in `var/`.
"""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
import environ
from django.templatetags.static import static

from stoflow import embedded_database, secret_keys

# ModelAdmin[Model] and QuerySet[Model] are written in the code; Django subscripts neither.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("STOFLOW_VAR_DIR", default=str(BASE_DIR / "var")))

SECRET_KEY = env.str("SECRET_KEY", default="") or secret_keys.signing_key(VAR_DIR)
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[]) or [secret_keys.encryption_key(VAR_DIR)]
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

SHARED_APPS = [
    # unfold without its site: ours is named by StaffAdminConfig.
    "unfold.apps.BasicAppConfig",  # before django_tenants, whose admin templates would win otherwise
    "stoflow.tenants",  # before django_tenants, some of whose commands it refuses
    "django_tenants",
    "stoflow",
    "tasks.dispatch",
    "marketplaces.shared",
    "stoflow.tenants.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_q",
]
TENANT_APPS = [
    "stoflow.tenants.apps.StaffAdminConfig",  # each tenant keeps its own admin history
    "tasks",
    "marketplaces",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]

TENANT_MODEL = "tenants.Tenant"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
# One SET search_path per change of tenant instead of one per cursor: half the cost of a step.
TENANT_LIMIT_SET_CALLS = True

DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", default="") or embedded_database.start(VAR_DIR / "postgres")
    )
}
DATABASES["default"].update(
    ENGINE="django_tenants.postgresql_backend",
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60),
    CONN_HEALTH_CHECKS=True,
)
# The moves of a job are a few statements that run all day: planning them each time costs as much
# as running them.
DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # What one tenant's page has cached is never found in another's.
        "KEY_FUNCTION": "django_tenants.cache.make_key",
    }
}

LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AUTHENTICATION_BACKENDS = ["stoflow.tenants.backend.MembershipBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if env.bool("BEHIND_TLS", default=False):
    # The web server stands behind a proxy that ends TLS and sets X-Forwarded-Proto itself.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000

MIDDLEWARE = [
    "stoflow.tenants.middleware.TenantPrefixMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "stoflow.person.LanguageMiddleware",
    "stoflow.person.TimeZoneMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stoflow.tenants.middleware.MembershipMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "stoflow.error_pages.method_page",
]
ROOT_URLCONF = "stoflow.urls"
WSGI_APPLICATION = "stoflow.wsgi.application"
ASGI_APPLICATION = "stoflow.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "stoflow" / "locale"]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"  # absolute, or the tenant's prefix would be put before it
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o640
# Of a catalogue file that staff import in the admin; the command import_products takes more.
CATALOGUE_UPLOAD_MAX_BYTES = env.int("CATALOGUE_UPLOAD_MAX_MB", default=20) * 1024 * 1024

UNFOLD = {
    "SITE_TITLE": "StoFlow",
    "SITE_HEADER": "StoFlow",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("tasks/icon.svg")}
    ],
    "SITE_SUBHEADER": "stoflow.tenants.admin.seller_name",
    "DASHBOARD_CALLBACK": "stoflow.tenants.front_pages.dashboard",
    "SIDEBAR": {"navigation": "stoflow.navigation.sidebar"},
    "STYLES": [
        lambda _request: static("tasks/skip.css"),
        lambda _request: static("tasks/head.css"),
        lambda _request: static("tasks/banners.css"),
    ],
    "SCRIPTS": [
        lambda _request: static("tasks/time_zone.js"),
        lambda _request: static("tasks/banners.js"),
        lambda _request: static("tasks/icons.js"),
        lambda _request: static("tasks/autofocus.js"),
    ],
    "SHOW_LANGUAGES": True,
    # unfold's own 500 is too dark to read on its dark background (WCAG AA).
    "COLORS": {"primary": {"500": "oklch(70% .22 305)"}},
}

Q_CLUSTER = {
    "name": "stoflow",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    # One message serves lanes for DISPATCH["message_seconds"] plus at most one step's deadline.
    "timeout": env.int("Q_TIMEOUT", default=300),
    "retry": env.int("Q_RETRY", default=1000),
    "bulk": 1,
    "queue_limit": 1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": -1,
    "poll": env.float("Q_POLL", default=0.05),
    "guard_cycle": 0.5,
    "recycle": 500,
    "max_rss": env.int("WORKER_MAX_RSS_KB", default=400_000),
    "label": "Messages to workers (django-q2)",
}
DISPATCH = {
    # A message serves lanes this long, then makes room for the next one.
    "message_seconds": env.float("DISPATCH_MESSAGE_SECONDS", default=5.0),
    # After so long, or so many jobs, the lane that was served longest ago is next.
    "turn_seconds": env.float("DISPATCH_TURN_SECONDS", default=2.0),
    "turn_jobs": env.int("DISPATCH_TURN_JOBS", default=20),
    # How long a claim, and a step on our own tables, holds a job; an outside step holds it for
    # its own deadline. After a kill, this is how long the job waits for another worker.
    "lease_seconds": env.float("DISPATCH_LEASE_SECONDS", default=15.0),
    "longest_step_seconds": env.float("DISPATCH_LONGEST_STEP_SECONDS", default=180.0),
    # Different jobs in a row that meet an outage before the whole account waits.
    "outage_jobs": env.int("DISPATCH_OUTAGE_JOBS", default=3),
    # Due work and no message started for so long, with no step inside its deadline: stuck.
    "stuck_seconds": env.float("DISPATCH_STUCK_SECONDS", default=30.0),
    # A machine whose clock differs more from the database's takes no work (docs/adr/0046). Two
    # machines may differ twice as much: the settle times have to leave room for that.
    "clock_tolerance_seconds": env.float("DISPATCH_CLOCK_TOLERANCE_SECONDS", default=2.0),
}
RUN_DIR = VAR_DIR / "run"

# How much a page of the staff does at once: it has to come soon, whatever a seller has.
STAFF = {
    # Rows that a list counts and leads to; jobs or products that an action is told for beforehand.
    # A batch takes no more products than that.
    "listed": 10_000,
    "previewed": 10_000,
    # Of these, so many are named one by one, and so many retries are planned step by step.
    "named": 200,
    "planned": 10,
    # So many jobs that have no plan yet are planned, for the others to be taken to be like them.
    "sampled": 20,
    # Planning opens photos: what is not done after so many milliseconds is estimated too.
    "planning_ms": 500,
    # Who asks for the same again so soon is told that it was asked for.
    "same_again_minutes": 15,
    # An action on many jobs goes on page by page: so many jobs, or so many milliseconds.
    "action_jobs": 200,
    "action_ms": 5_000,
    # Causes of failures on a page; rows of an export that are read at once.
    "causes": 25,
    "exported_at_once": 1_000,
    # Where the numbers on an account's lane stop, which every turn counts.
    "lane_counted": 500,
}

# The only proxy that calls to marketplaces take; those of the environment are ignored.
OUTGOING_PROXY = env.str("OUTGOING_PROXY", default="")

EBAY = {
    "oauth_url": env.str("EBAY_OAUTH_URL", default="https://api.ebay.com/identity/v1/oauth2"),
    "inventory_url": env.str(
        "EBAY_INVENTORY_URL", default="https://api.ebay.com/sell/inventory/v1"
    ),
    "account_url": env.str("EBAY_ACCOUNT_URL", default="https://api.ebay.com/sell/account/v1"),
    "media_url": env.str("EBAY_MEDIA_URL", default="https://apim.ebay.com/commerce/media/v1_beta"),
    "fulfillment_url": env.str(
        "EBAY_FULFILLMENT_URL", default="https://api.ebay.com/sell/fulfillment/v1"
    ),
    "taxonomy_url": env.str(
        "EBAY_TAXONOMY_URL", default="https://api.ebay.com/commerce/taxonomy/v1"
    ),
    "identity_url": env.str(
        "EBAY_IDENTITY_URL", default="https://apiz.ebay.com/commerce/identity/v1"
    ),
    # Where sellers consent, and the name (RuName) under which eBay knows where to send them back.
    "consent_url": env.str("EBAY_CONSENT_URL", default="https://auth.ebay.com/oauth2/authorize"),
    "redirect_name": env.str("EBAY_REDIRECT_NAME", default=""),
    # Where buyers see a listing; empty: the site of the account's own marketplace.
    "listing_url": env.str("EBAY_LISTING_URL", default=""),
    "client_id": env.str("EBAY_CLIENT_ID", default=""),
    "client_secret": env.str("EBAY_CLIENT_SECRET", default=""),
    "deadline_seconds": env.float("EBAY_DEADLINE_SECONDS", default=30.0),
    "settle_seconds": env.float("EBAY_SETTLE_SECONDS", default=15.0),
    # A sync's and an orders run's pages; the first is the greatest that eBay gives.
    "items_a_page": 200,
    "orders_a_page": 100,
    # eBay allows 50; what is sent evenly may arrive in a bunch.
    "uploads_per_5_seconds": env.int("EBAY_UPLOADS_PER_5_SECONDS", default=45),
}

# Whether photos may be fetched from this machine and its network too, not only from the internet.
LOCAL_PHOTO_LINKS = env.bool("LOCAL_PHOTO_LINKS", default=False)

ETSY = {
    "oauth_url": env.str("ETSY_OAUTH_URL", default="https://openapi.etsy.com/v3/public/oauth"),
    # Where sellers consent, and where Etsy sends them back: exactly as registered, with https.
    "consent_url": env.str("ETSY_CONSENT_URL", default="https://www.etsy.com/oauth/connect"),
    "redirect_url": env.str("ETSY_REDIRECT_URL", default=""),
    # The paths of Etsy's document begin with /v3/application themselves.
    "api_url": env.str("ETSY_API_URL", default="https://openapi.etsy.com"),
    # Where buyers see a listing.
    "listing_url": env.str("ETSY_LISTING_URL", default="https://www.etsy.com/listing/"),
    "keystring": env.str("ETSY_KEYSTRING", default=""),
    "shared_secret": env.str("ETSY_SHARED_SECRET", default=""),
    "deadline_seconds": env.float("ETSY_DEADLINE_SECONDS", default=30.0),
    "settle_seconds": env.float("ETSY_SETTLE_SECONDS", default=30.0),
    # Of any list; the greatest that Etsy gives.
    "page_size": 100,
    # What Etsy allows the application; all sellers share it.
    "calls_per_second": env.int("ETSY_CALLS_PER_SECOND", default=10),
    "calls_per_day": env.int("ETSY_CALLS_PER_DAY", default=10_000),
}

VINTED = {
    # Where the sellers' plugins reach the plugin server; empty: nobody can connect Vinted.
    "plugin_url": env.str("PLUGIN_URL", default=""),
    # An older plugin is refused.
    "least_version": "1.0.0",
    # A plugin that has said nothing for two and a half of these is gone.
    "heartbeat_seconds": env.float("PLUGIN_HEARTBEAT_SECONDS", default=20.0),
    # From the inside out: Vinted's answer to the plugin; the plugin's leave to ask for it; a step.
    "answer_seconds": env.float("VINTED_ANSWER_SECONDS", default=25.0),
    "open_seconds": env.float("VINTED_OPEN_SECONDS", default=20.0),
    # How old a leave may be when the plugin acts on it (docs/plugin-protocol.md), and how much
    # later than that and the answer's time the answer may still arrive.
    "begin_seconds": 5.0,
    "margin_seconds": 5.0,
    "deadline_seconds": env.float("VINTED_DEADLINE_SECONDS", default=75.0),
    "settle_seconds": env.float("VINTED_SETTLE_SECONDS", default=30.0),
    # Seconds of rest after a command, at random between the two; every so many commands, longer.
    "read_pause": env.list("VINTED_READ_PAUSE", cast=float, default=[3.0, 8.0]),
    "write_pause": env.list("VINTED_WRITE_PAUSE", cast=float, default=[5.0, 12.0]),
    "long_pause": env.list("VINTED_LONG_PAUSE", cast=float, default=[15.0, 30.0]),
    "long_pause_every": env.int("VINTED_LONG_PAUSE_EVERY", default=12),
    # Vinted's site, where an account names none. http only for a stand-in on this machine.
    "site": env.str("VINTED_SITE", default="www.vinted.fr"),
    # Of the wardrobe and of the orders; the greatest that Vinted gives.
    "items_a_page": 96,
    "orders_a_page": 100,
}

SYNC = {
    # A sync stops and asks before it marks more listings as ended than the greater of the two.
    "vanishing_number": env.int("SYNC_VANISHING_NUMBER", default=5),
    "vanishing_share": env.float("SYNC_VANISHING_SHARE", default=0.2),
    # For one page, or for one batch of reads.
    "deadline_seconds": env.float("SYNC_DEADLINE_SECONDS", default=30.0),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {
        "stoflow": {"level": env.str("LOG_LEVEL", default="INFO")},
        "tasks": {"level": env.str("LOG_LEVEL", default="INFO")},
        "marketplaces": {"level": env.str("LOG_LEVEL", default="INFO")},
    },
}
