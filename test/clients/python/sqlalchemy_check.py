"""SQLAlchemy: reflection in read mode, a session that elevates, an engine that elevates at connect."""
from common import expect
from sqlalchemy import MetaData, create_engine, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

engine = create_engine("postgresql+psycopg://")
inspector = inspect(engine)
expect("customers" in inspector.get_table_names(), "reflection of tables")
for table in inspector.get_table_names():
    inspector.get_columns(table), inspector.get_pk_constraint(table), inspector.get_foreign_keys(table)
    inspector.get_indexes(table), inspector.get_unique_constraints(table), inspector.get_check_constraints(table), inspector.get_table_comment(table)
inspector.get_view_names(), inspector.get_materialized_view_names(), inspector.get_sequence_names(), inspector.get_schema_names(), inspector.get_enums()
metadata = MetaData()
metadata.reflect(engine)
orders = metadata.tables["orders"]

with engine.connect() as conn:
    expect(conn.execute(select(orders.c.id).limit(3)).fetchall() != [], "a select")
    try:
        conn.execute(update(orders).where(orders.c.id == 4211).values(status="paid"))
        raise SystemExit("FAILED: a write in read mode was not refused")
    except SQLAlchemyError as error:
        expect(getattr(error.orig, "sqlstate", "") == "25006", "SQLSTATE 25006")

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
print("SQLAlchemy: all as expected")
