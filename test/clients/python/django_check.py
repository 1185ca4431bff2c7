"""Django: inspectdb in read mode, the ORM refused and elevated."""
import contextlib
import io
import os

import django
from django.conf import settings

from common import expect, works

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
        }
    },
    INSTALLED_APPS=[],
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.utils import DatabaseError  # noqa: E402

out = io.StringIO()
with contextlib.redirect_stdout(out):
    call_command("inspectdb", "--include-partitions", "--include-views")
expect("class Customers" in out.getvalue(), "inspectdb")
for name in ["Suppliers", "Deliveries", "Deliveries2026", "HappySuppliers", "SuppliersByMood"]:
    expect(f"class {name}(" in out.getvalue(), f"inspectdb of {name}")
expect("Unable to inspect" not in out.getvalue(), f"inspectdb of every table: {out.getvalue()[-500:]}")
with connection.cursor() as cursor:
    introspection = connection.introspection
    for name in introspection.table_names(cursor, include_views=True):
        introspection.get_table_description(cursor, name), introspection.get_sequences(cursor, name)
        introspection.get_relations(cursor, name), introspection.get_primary_key_columns(cursor, name)
        introspection.get_constraints(cursor, name)

works("inspectdb and the whole introspection")


class Order(models.Model):
    status = models.TextField()

    class Meta:
        app_label = "shop"
        managed = False
        db_table = "orders"


expect(Order.objects.filter(id__lt=10).count() > 0, "the ORM reads")
# In autocommit: Django declares its cursor WITH HOLD.
expect(sum(1 for _ in Order.objects.order_by("id").iterator(chunk_size=100)) > 1000, "iterator()")
works("the ORM; iterator() in autocommit, by a server-side cursor WITH HOLD")
try:
    Order.objects.filter(id=4211).update(status="paid")
    raise SystemExit("FAILED: a write in read mode was not refused")
except DatabaseError as error:
    expect(getattr(error.__cause__, "sqlstate", "") == "25006", "SQLSTATE 25006")
with connection.cursor() as cursor:
    cursor.execute("SELECT sudo(%s)", ["django check"])
with transaction.atomic():
    Order.objects.filter(id=4211).update(status="paid")
expect(Order.objects.get(id=4211).status == "paid", "the ORM writes")
with connection.cursor() as cursor:
    cursor.execute("SELECT unsudo()")
works("a refused write is a DatabaseError with SQLSTATE 25006; sudo in autocommit, then atomic()")
print("Django: all as expected")
