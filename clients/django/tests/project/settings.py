import os

SECRET_KEY = "for tests"
DEBUG = True
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = ["sudoql_django", "django.contrib.contenttypes", "django.contrib.auth", "shop"]
MIDDLEWARE = ["sudoql_django.middleware.SudoqlMiddleware"]
MIGRATION_MODULES = {"contenttypes": None, "auth": None}
DATABASES = {
    "default": {
        "ENGINE": "sudoql_django",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ["PGPASSWORD"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
}
