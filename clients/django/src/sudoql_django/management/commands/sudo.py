"""`manage.py sudo "why" loaddata fixture.json`: any command, in write mode."""

import argparse

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from ...base import is_gateway
from ...elevation import sudo
from ...errors import ElevationEnded, SudoRefused, SudoRequired


class Command(BaseCommand):
    help = "Runs a command in write mode; your team is told why. Without it, commands read only."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("reason", help="Why; it is recorded and announced.")
        parser.add_argument("--for", dest="duration", metavar="TIME", help="For how long, such as 10min.")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Which of DATABASES.")
        parser.add_argument("command", help="The command to run.")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="Its arguments.")

    def handle(self, *, reason, duration, database, command, arguments, **_):
        if not is_gateway(connections[database]):
            raise CommandError(f'"{database}" is no sudoql gateway: its ENGINE is not sudoql_django.')
        try:
            with sudo(f"{reason} (manage.py {command})", duration, using=database):
                call_command(command, *arguments)
        except (SudoRequired, SudoRefused, ElevationEnded) as error:
            raise CommandError("\n".join(error.lines())) from error
