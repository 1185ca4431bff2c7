"""psycopg2: parameters on the client's side, named cursors, set_session, COPY, cancel."""
import io
import threading

import psycopg2
from common import expect, works

conn = psycopg2.connect("")
cursor = conn.cursor()
cursor.execute("SELECT count(*) FROM customers WHERE id < %s", (10,))
expect(cursor.fetchone()[0] == 9, "a read with a parameter")
conn.rollback()
try:
    cursor.execute("UPDATE customers SET name = name WHERE id = 1")
    raise SystemExit("FAILED: a write in read mode was not refused")
except psycopg2.errors.ReadOnlySqlTransaction as error:
    expect("sudo(" in error.diag.message_hint and error.diag.source_function == "write_needs_elevation", "the refusal")
conn.rollback()
works("a refused write is ReadOnlySqlTransaction with the hint")

with conn.cursor("named", withhold=True) as named:
    named.itersize = 100
    named.execute("SELECT id FROM orders ORDER BY id")
    expect(named.fetchone() is not None, "a named cursor")
    conn.commit()
    expect(sum(1 for _ in named) > 1000, "a cursor WITH HOLD behind its transaction")
conn.commit()
out = io.StringIO()
cursor.copy_expert("COPY (SELECT id FROM orders ORDER BY id LIMIT 7) TO STDOUT", out)
expect(out.getvalue().count("\n") == 7, "COPY TO STDOUT")
conn.commit()
works("named cursors, also withhold; COPY TO STDOUT")

conn.set_session(readonly=False, autocommit=False)
cursor.execute("SELECT sudo(%s)", ("psycopg2 check",))
cursor.execute("UPDATE orders SET status = 'paid' WHERE id = %s", (4211,))
expect(cursor.rowcount == 1, "a write")
conn.commit()
cursor.copy_expert("COPY products (id, name, price, stock) FROM STDIN", io.StringIO("970001\tx\t1\t0\n"))
conn.rollback()
cursor.execute("SELECT unsudo()")
conn.commit()
works("sudo behind the BEGIN that it sends itself, set_session, COPY FROM STDIN")

conn.set_session(autocommit=True)
threading.Timer(0.3, conn.cancel).start()
try:
    cursor.execute("SELECT pg_sleep(30)")
    raise SystemExit("FAILED: the statement was not cancelled")
except psycopg2.errors.QueryCanceled:
    pass
cursor.execute("SELECT 1")
works("cancel, and the session goes on")
print("psycopg2: all as expected")
