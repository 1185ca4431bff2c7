"""On a real gateway: DEMO_WIRE is a URL of somebody who may write. `npm run test:clients -- sudoql-python`."""

import os
import unittest

import psycopg
import psycopg2
import sqlalchemy
from psycopg_pool import ConnectionPool
from sqlalchemy.orm import Session

from sudoql import ElevationEnded, SudoError, SudoRefused, SudoRequired, explain, mode, pools, status, sudo, unsudo

WIRE = os.environ["DEMO_WIRE"]
UPDATE = "UPDATE orders SET ship_to = '{}' WHERE id = 4211"


def stored() -> str:
    with psycopg.connect(WIRE) as connection:
        return connection.execute("SELECT ship_to FROM orders WHERE id = 4211").fetchone()[0]


class Contexts(unittest.TestCase):
    def of_each_driver(self):
        for autocommit in (False, True):
            connection = psycopg.connect(WIRE, autocommit=autocommit)
            yield f"psycopg {autocommit}", connection, connection.execute
            connection.close()
        connection = psycopg2.connect(WIRE)
        yield "psycopg2", connection, lambda text: connection.cursor().execute(text)
        connection.close()

    def test_writes_in_its_block_and_nowhere_else(self):
        for name, connection, execute in self.of_each_driver():
            with self.subTest(name):
                with sudo(connection, "test of the python client", "5 min"):
                    self.assertEqual(mode(connection), "write")
                    execute(UPDATE.format(name))
                self.assertEqual(mode(connection), "read")
                self.assertEqual(stored(), name)
                with self.assertRaises(Exception) as caught:
                    execute(UPDATE.format("no"))
                answer = explain(caught.exception)
                self.assertIsInstance(answer, SudoRequired)
                self.assertEqual((answer.code, answer.sqlstate), ("write_needs_elevation", "25006"))
                self.assertIn("sudo(", answer.hint)
                connection.rollback()

    def test_an_exception_rolls_back_and_ends_write_mode(self):
        before = stored()
        for name, connection, execute in self.of_each_driver():
            if connection.autocommit:
                continue
            with self.subTest(name):
                with self.assertRaises(ZeroDivisionError):
                    with sudo(connection, "test of the python client"):
                        execute(UPDATE.format("half"))
                        1 / 0
                self.assertEqual(mode(connection), "read")
                self.assertEqual(stored(), before)

    def test_a_refused_elevation_says_why(self):
        with psycopg.connect(WIRE) as connection:
            with self.assertRaises(SudoError) as caught:
                with sudo(connection, ""):
                    self.fail("the block ran")
            self.assertEqual(caught.exception.code, "sudo_bad_argument")
            self.assertEqual(mode(connection), "read")

    def test_what_no_policy_allows_is_a_refusal(self):
        with psycopg.connect(WIRE) as connection, self.assertRaises(psycopg.Error) as caught:
            connection.execute("SET ROLE postgres")
        self.assertIsInstance(explain(caught.exception), SudoRefused)

    def test_write_mode_is_not_entered_twice(self):
        with psycopg.connect(WIRE) as connection, sudo(connection, "test of the python client"):
            with self.assertRaises(RuntimeError):
                with sudo(connection, "again"):
                    self.fail("the block ran")
            self.assertEqual(mode(connection), "write")

    def test_status(self):
        with psycopg.connect(WIRE) as connection:
            self.assertIsNone(status(connection).elevation)
            with sudo(connection, "test of the python client"):
                self.assertEqual(status(connection).elevation["reason"], "test of the python client")

    def test_an_error_of_the_database_is_its_own(self):
        with psycopg.connect(WIRE) as connection, self.assertRaises(psycopg.Error) as caught:
            connection.execute("SELECT 1 / 0")
        self.assertIsNone(explain(caught.exception))

    def test_the_end_from_within(self):
        with psycopg.connect(WIRE) as connection:
            with sudo(connection, "test of the python client"):
                connection.execute(UPDATE.format("kept"))
                connection.commit()
                unsudo(connection)
                with self.assertRaises(psycopg.Error) as caught:
                    connection.execute(UPDATE.format("late"))
                self.assertIsInstance(explain(caught.exception), (SudoRequired, ElevationEnded))
                connection.rollback()
            self.assertEqual(stored(), "kept")


class SqlAlchemy(unittest.TestCase):
    def setUp(self):
        self.engine = sqlalchemy.create_engine(WIRE.replace("postgres://", "postgresql+psycopg://"), pool_size=1, max_overflow=0)
        pools.guard(self.engine)
        self.addCleanup(self.engine.dispose)

    def test_connection_and_session(self):
        with self.engine.connect() as connection:
            with sudo(connection, "test of the python client"):
                connection.execute(sqlalchemy.text(UPDATE.format("by connection")))
            self.assertEqual(mode(connection), "read")
        self.assertEqual(stored(), "by connection")
        with Session(self.engine) as session:
            with sudo(session, "test of the python client"):
                session.execute(sqlalchemy.text(UPDATE.format("by session")))
            self.assertEqual(mode(session), "read")
        self.assertEqual(stored(), "by session")

    def test_a_refusal_is_explained_through_its_wrapper(self):
        with self.engine.connect() as connection, self.assertRaises(sqlalchemy.exc.DBAPIError) as caught:
            connection.execute(sqlalchemy.text(UPDATE.format("no")))
        self.assertIsInstance(explain(caught.exception), SudoRequired)

    def test_the_next_borrower_reads(self):
        with self.engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT sudo('test of the python client')"))
            connection.commit()
            self.assertEqual(mode(connection), "write")
        with self.engine.connect() as connection:
            self.assertEqual(mode(connection), "read")


class PsycopgPool(unittest.TestCase):
    def test_the_next_borrower_reads(self):
        with ConnectionPool(WIRE, min_size=1, max_size=1, reset=pools.reset, open=True) as pool:
            with pool.connection() as connection:
                connection.execute("SELECT sudo('test of the python client')")
                connection.commit()
                self.assertEqual(mode(connection), "write")
            with pool.connection() as connection:
                self.assertEqual(mode(connection), "read")


if __name__ == "__main__":
    unittest.main()
