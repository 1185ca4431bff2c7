"""psycopg 3: transactions by default, server-side statements across the switch, pipeline, cursors, COPY, cancel."""
import threading

import psycopg
from common import expect, works

with psycopg.connect("") as conn:
    expect(conn.execute("SELECT count(*) FROM customers WHERE id < %s", (10,)).fetchone()[0] == 9, "a read with a parameter")
    conn.rollback()
    try:
        conn.execute("UPDATE customers SET name = name WHERE id = 1")
        raise SystemExit("FAILED: a write in read mode was not refused")
    except psycopg.errors.ReadOnlySqlTransaction as error:
        expect(error.diag.source_function == "write_needs_elevation", "the stable code")
        expect("sudo(" in (error.diag.message_hint or ""), "the hint")
    conn.rollback()
works("parameters, transactions by default; a refused write is ReadOnlySqlTransaction with the hint")

# psycopg sends BEGIN before the first statement: sudo after a bare BEGIN elevates.
with psycopg.connect("") as conn:
    conn.execute("SELECT sudo(%s)", ("psycopg check",))
    conn.execute("UPDATE orders SET status = 'paid' WHERE id = %s", (4211,))
    conn.commit()
    expect(conn.execute("SHOW sudoql.mode").fetchone()[0] == "write", "write mode after commit")
    conn.commit()

    # Prepared on the server in one mode, run in the other.
    for _ in range(8):
        conn.execute("SELECT name FROM customers WHERE id = %s", (1,), prepare=True).fetchone()
    conn.commit()
    conn.execute("SELECT unsudo()")
    conn.commit()
    expect(conn.execute("SELECT name FROM customers WHERE id = %s", (2,), prepare=True).fetchone() is not None, "a prepared statement after unsudo")
    conn.commit()
    expect(conn.execute("SHOW sudoql.mode").fetchone()[0] == "read", "read mode again")
    conn.rollback()
works("sudo after the BEGIN that it sends itself; statements prepared on the server across the switch")

with psycopg.connect("", autocommit=True) as conn:
    with conn.pipeline():
        cursors = [conn.execute("SELECT %s::int + 1", (i,)) for i in range(50)]
    expect([c.fetchone()[0] for c in cursors] == list(range(1, 51)), "a pipeline of fifty")

    with conn.transaction(), conn.cursor("named") as cursor:
        cursor.itersize = 100
        cursor.execute("SELECT id FROM orders ORDER BY id")
        expect(sum(1 for _ in cursor) > 1000, "a server-side cursor")

    with conn.cursor("kept", withhold=True) as cursor:
        cursor.execute("SELECT id FROM orders WHERE id > %s ORDER BY id", (5,))
        expect(sum(1 for _ in cursor) > 1000, "a cursor WITH HOLD, in autocommit")
    works("pipelines, server-side cursors, also WITH HOLD in autocommit")

    with conn.cursor() as cursor, cursor.copy("COPY (SELECT id, name FROM customers ORDER BY id LIMIT 10) TO STDOUT") as copy:
        expect(len(list(copy.rows())) == 10, "COPY TO STDOUT")

    conn.execute("SELECT sudo('psycopg copy')")
    with conn.cursor() as cursor:
        with cursor.copy("COPY products (id, name, price, stock) FROM STDIN") as copy:
            for i in range(5):
                copy.write_row((900000 + i, "copied", 1, 0))
        expect(cursor.rowcount == 5, "COPY FROM STDIN")
    conn.execute("DELETE FROM products WHERE id >= 900000")
    conn.execute("SELECT unsudo()")

    threading.Timer(0.3, conn.cancel).start()
    try:
        conn.execute("SELECT pg_sleep(30)")
        raise SystemExit("FAILED: the statement was not cancelled")
    except psycopg.errors.QueryCanceled:
        pass
    expect(conn.execute("SELECT 1").fetchone()[0] == 1, "the session after a cancel")
works("COPY both ways, cancel")
print("psycopg: all as expected")
