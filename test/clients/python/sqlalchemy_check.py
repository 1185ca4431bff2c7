"""SQLAlchemy: the whole Inspector in read mode, a session that elevates, an engine that elevates at connect."""
import warnings

from common import expect, works
from sqlalchemy import MetaData, create_engine, inspect, select, text, update
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import SQLAlchemyError

# Types of the server that SQLAlchemy has no class for are no news.
warnings.filterwarnings("ignore", "Did not recognize type")
engine = create_engine("postgresql+psycopg://")
inspector = inspect(engine)
expect("customers" in inspector.get_table_names(), "reflection of tables")
schemas = inspector.get_schema_names()
expect("Odd Name" in schemas, "schemas")
for schema in [None, "Odd Name", "information_schema", "pg_catalog"]:
    for each in ["columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints", "table_comment"]:
        found = getattr(inspector, f"get_multi_{each}")(schema=schema, kind=ObjectKind.ANY, scope=ObjectScope.ANY)
        expect(len(found) > 0, f"get_multi_{each} of {schema}")
    inspector.get_view_names(schema), inspector.get_materialized_view_names(schema), inspector.get_sequence_names(schema)
    inspector.get_temp_table_names(), inspector.get_temp_view_names(), inspector.get_enums(schema or "public")
for table in [*inspector.get_table_names(), *inspector.get_view_names(), *inspector.get_materialized_view_names()]:
    inspector.get_columns(table), inspector.get_pk_constraint(table), inspector.get_foreign_keys(table)
    inspector.get_indexes(table), inspector.get_unique_constraints(table), inspector.get_check_constraints(table), inspector.get_table_comment(table)
    expect(inspector.has_table(table), f"has_table of {table}")
expect(inspector.get_table_comment("suppliers")["text"] == "who sells to us", "a comment")
expect("happy" in next(e["labels"] for e in inspector.get_enums() if e["name"] == "mood"), "enums")
expect(any(d["name"] == "percentage" for d in inspector.get_domains()), "domains")
expect("suppliers_named" in [c["name"] for c in inspector.get_check_constraints("suppliers")], "check constraints")
expect({"suppliers_lower", "suppliers_tags"} <= {i["name"] for i in inspector.get_indexes("suppliers")}, "indexes")
expect(inspector.get_foreign_keys("deliveries")[0]["referred_table"] == "suppliers", "foreign keys of a partitioned table")
expect(inspector.has_sequence("ticket") and inspector.has_index("suppliers", "suppliers_lower"), "has_sequence and has_index")
expect("mood" in inspector.get_view_definition("happy_suppliers"), "a view's definition")
expect(inspector.get_table_oid("suppliers") > 0, "an oid")
metadata = MetaData()
metadata.reflect(engine, views=True)
orders = metadata.tables["orders"]
works("the whole Inspector: tables, views, keys, indexes, checks, comments, enums, domains, identity, partitions")

with engine.connect().execution_options(stream_results=True) as conn:
    expect(conn.execute(select(orders.c.id)).fetchmany(5) != [], "rows by a server-side cursor")
with engine.connect() as conn:
    expect(conn.execute(select(orders.c.id).limit(3)).fetchall() != [], "a select")
    try:
        conn.execute(update(orders).where(orders.c.id == 4211).values(status="paid"))
        raise SystemExit("FAILED: a write in read mode was not refused")
    except SQLAlchemyError as error:
        expect(getattr(error.orig, "sqlstate", "") == "25006", "SQLSTATE 25006")
works("server-side cursors (stream_results); a refused write is DBAPIError, SQLSTATE 25006 in orig")

for level in ["AUTOCOMMIT", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]:
    with engine.connect().execution_options(isolation_level=level) as conn:
        expect(conn.execute(select(orders.c.id).limit(1)).scalar() is not None, f"isolation level {level}")
with engine.connect().execution_options(postgresql_readonly=True, postgresql_deferrable=True, isolation_level="SERIALIZABLE") as conn:
    expect(conn.execute(text("SHOW transaction_read_only")).scalar() == "on", "a transaction that says it is read only")

with engine.begin() as conn:
    conn.execute(text("SELECT sudo('sqlalchemy check')"))
    conn.execute(update(orders).where(orders.c.id == 4211).values(status="paid"))
with engine.connect() as conn:
    expect(conn.execute(select(orders.c.status).where(orders.c.id == 4211)).scalar() == "paid", "the write")
engine.dispose()

elevated = create_engine("postgresql+psycopg://", connect_args={"options": "-c sudoql.reason=sqlalchemy\\ migration"})
with elevated.begin() as conn:
    expect(conn.execute(text("SHOW sudoql.mode")).scalar() == "write", "elevation at connect")
elevated.dispose()
works("isolation levels, read-only and deferrable transactions; sudo in a transaction, and at connect by options")
print("SQLAlchemy: all as expected")
