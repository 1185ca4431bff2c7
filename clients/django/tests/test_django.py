"""On a real gateway: PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE of somebody who may write. `npm run test:clients -- sudoql-django`."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
import unittest
from pathlib import Path

PROJECT = Path(__file__).parent / "project"
sys.path.insert(0, str(PROJECT))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.utils import InternalError  # noqa: E402
from django.test import Client  # noqa: E402
from shop.models import Order  # noqa: E402

from sudoql_django import SudoRefused, SudoRequired, mode, status, sudo, unsudo  # noqa: E402

PATIENCE_S = 120


def where() -> str:
    return Order.objects.get(id=4211).ship_to


def move(to: str) -> None:
    Order.objects.filter(id=4211).update(ship_to=to)


class Writing(unittest.TestCase):
    def tearDown(self):
        connection.close()

    def test_a_write_in_read_mode_is_an_error_of_djangos_with_the_remedy(self):
        with self.assertRaises(SudoRequired) as caught:
            move("nowhere")
        self.assertIsInstance(caught.exception, InternalError)
        self.assertEqual(caught.exception.code, "write_needs_elevation")
        self.assertIn("sudo(", caught.exception.remedy)

    def test_a_block_writes_and_ends(self):
        with sudo("test of the django client", "5 min"):
            with transaction.atomic():
                move("Bremen")
            self.assertEqual(status().elevation["reason"], "test of the django client")
        self.assertEqual((where(), mode()), ("Bremen", "read"))

    def test_a_block_ends_after_an_exception(self):
        before = where()
        with self.assertRaises(ZeroDivisionError), sudo("test of the django client"), transaction.atomic():
            move("half")
            1 / 0
        self.assertEqual((where(), mode()), (before, "read"))

    def test_not_inside_of_a_transaction(self):
        with self.assertRaises(transaction.TransactionManagementError), transaction.atomic():
            sudo("test of the django client")
        self.assertEqual(mode(), "read")

    def test_large_results_are_iterated(self):
        self.assertEqual(sum(1 for _ in Order.objects.order_by("id")[:3000].iterator(chunk_size=500)), 3000)

    def test_what_no_policy_allows(self):
        with self.assertRaises(SudoRefused), connection.cursor() as cursor:
            cursor.execute("SET ROLE postgres")


class Requests(unittest.TestCase):
    def tearDown(self):
        connection.close()

    def test_a_refused_write_is_a_page_and_json(self):
        page = Client().get("/write", headers={"accept": "text/html"})
        self.assertEqual(page.status_code, 403)
        self.assertIn("Nothing was written", page.content.decode())
        self.assertEqual(Client().get("/write", headers={"accept": "application/json"}).json()["code"], "write_needs_elevation")

    def test_write_mode_ends_with_its_request(self):
        # The test client keeps connections open, as a server with CONN_MAX_AGE does.
        self.assertEqual(Client().get("/why").content, b"written")
        self.assertEqual((where(), mode()), ("by a view", "read"))

    def test_a_login_does_not_fail_for_its_last_login(self):
        from django.contrib.auth.models import User
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.send(User, request=None, user=User(id=1, username="ana"))


class Commands(unittest.TestCase):
    def tearDown(self):
        connection.close()

    def test_tests_do_not_run_on_it(self):
        with self.assertRaises(ImproperlyConfigured):
            connection.creation.create_test_db()

    def test_sessions_in_the_database_are_warned_of(self):
        from django.core.checks import run_checks
        from django.test.utils import modify_settings, override_settings

        with modify_settings(INSTALLED_APPS={"append": "django.contrib.sessions"}):
            self.assertIn("sudoql.W001", [each.id for each in run_checks()])
            with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
                self.assertNotIn("sudoql.W001", [each.id for each in run_checks()])

    def test_migrate_says_why_and_hears_policy_first(self):
        before = len(elevations())
        with self.assertRaises(CommandError) as caught:
            call_command("migrate", "--reason", "test of the django client", stdout=io.StringIO())
        self.assertEqual(mode(), "read")
        self.assertTrue(str(caught.exception))
        self.assertEqual(len(elevations()), before, "announced, though policy allows no DDL there")

    def test_any_command_in_write_mode(self):
        out = io.StringIO()
        sys.stdin_before, sys.stdin = sys.stdin, io.StringIO("")
        try:
            call_command("sudo", "test of the django client", "shell", "-c", "from shop.models import Order; Order.objects.filter(id=4211).update(ship_to='by a command')", stdout=out)
        finally:
            sys.stdin = sys.stdin_before
        self.assertEqual((where(), mode()), ("by a command", "read"))


def elevations() -> list:
    """Ids that this person has had, by what the gateway lists."""
    import json
    import urllib.request

    request = urllib.request.Request(
        f"{os.environ['DEMO_HTTP']}/v1/elevations", headers={"authorization": f"Bearer {os.environ['PGPASSWORD']}"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["elevations"]


class Shell(unittest.TestCase):
    """`manage.py shell` as a person has it: on a terminal."""

    def setUp(self):
        self.terminal, own = pty.openpty()
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "dumb", "PYTHON_BASIC_REPL": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-i", "python"], cwd=PROJECT, env=env, stdin=own, stdout=own, stderr=own, start_new_session=True
        )
        os.close(own)
        self.text = ""
        self.addCleanup(self.end)

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def until(self, pattern: str) -> str:
        """What was printed up to the pattern, since the one before."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = re.search(pattern, self.text)
            if found:
                seen, self.text = self.text[: found.end()], self.text[found.end() :]
                return seen
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.fail(f"{pattern!r} never came: {self.text[-1500:]}")
            try:
                self.text += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                self.fail(f"the shell ended before {pattern!r}: {self.text[-1500:]}")

    def say(self, line: str) -> None:
        os.write(self.terminal, f"{line}\n".encode())

    def test_a_no_in_three_lines(self):
        self.assertIn("read-only", self.until(r"shop >>> "))
        self.say("from shop.models import Order")
        self.until(r"shop >>> ")
        self.say("Order.objects.filter(id=4211).update(ship_to='Kiel')")
        self.until(r"Are you sure you want to write to shop \(production\)\? \[y/N\] ")
        self.say("n")
        said = self.until(r"shop >>> ")
        self.assertIn("ReadOnly: Database in read-only mode.", said)
        self.assertLessEqual(len(said.strip().splitlines()), 4, said)

    def test_a_yes_runs_it_once_and_the_prompt_says_so(self):
        self.until(r"shop >>> ")
        self.say("from shop.models import Order; order = Order.objects.get(id=4211); order.ship_to = 'Lübeck'")
        self.until(r"shop >>> ")
        # save() opens a transaction of its own around its one statement.
        self.say("order.save()")
        self.until(r"\[y/N\] ")
        self.say("y")
        self.until(r"Why\? Your team is told: ")
        self.say("test of the django client")
        self.until(r"shop WRITE until \d\d:\d\d UTC >>> ")
        self.say("unsudo()")
        self.until(r"shop >>> ")
        self.assertEqual(where(), "Lübeck")
        connection.close()

    def test_in_the_middle_of_a_transaction_nothing_is_repeated(self):
        self.until(r"shop >>> ")
        self.say("from shop.models import Order; from django.db import transaction")
        self.until(r"shop >>> ")
        self.say("with transaction.atomic(): Order.objects.count(); Order.objects.filter(id=4211).update(ship_to='half')")
        self.say("")
        said = self.until(r"shop >>> ")
        self.assertIn("SudoRequired", said)
        self.assertNotIn("[y/N]", said)


if __name__ == "__main__":
    unittest.main()
