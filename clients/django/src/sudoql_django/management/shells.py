"""What `shell` and `shell_plus` have in common."""

import builtins
import sys

from django.db import DEFAULT_DB_ALIAS, connections

from ..asking import ask_in_shell, is_interactive, write_from_the_start
from ..base import is_gateway
from ..elevation import mode, parameter, status, sudo, target_of, unsudo
from ..errors import ElevationEnded, SudoRefused, SudoRequired


class SudoqlShell:
    """Mixed into a command that opens a shell."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--write", metavar="REASON", help="Write mode from the start; your team is told the reason.")
        parser.add_argument("--for", dest="sudoql_for", metavar="TIME", help="With --write: for how long, such as 10min.")

    def handle(self, *args, **options):
        reason, duration = options.pop("write", None), options.pop("sudoql_for", None)
        if is_gateway(connections[DEFAULT_DB_ALIAS]):
            # Whatever shell it is: names that are there without an import.
            for each in (sudo, unsudo, status):
                setattr(builtins, each.__name__, each)
            if reason:
                write_from_the_start(DEFAULT_DB_ALIAS, reason, duration)
            if is_interactive():
                greet()
        return super().handle(*args, **options)


def greet() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    ask_in_shell()
    sys.excepthook = shortly(sys.excepthook)
    sys.ps1, sys.ps2 = Prompt(connection), "... "
    how = "you may write" if mode() == "write" else 'read-only; the first write asks, sudo("why") does not wait for it'
    print(f"{target_of(connection)}: {how}. unsudo() and status() are there too.")


def shortly(before):
    """The gateway's answers in their own lines, anything else as before."""

    def hook(kind, value, trace):
        if isinstance(value, (SudoRequired, SudoRefused, ElevationEnded)):
            print("\n".join(value.lines()), file=sys.stderr)
        else:
            before(kind, value, trace)

    return hook


class Prompt:
    """Says at each prompt in which mode the session is."""

    def __init__(self, connection) -> None:
        self.connection = connection

    def __str__(self) -> str:
        until = parameter(self.connection, "sudoql.write_until")
        name = parameter(self.connection, "sudoql.target") or self.connection.settings_dict["NAME"]
        if parameter(self.connection, "sudoql.mode") == "write":
            return f"{name} WRITE until {until[11:16]} UTC >>> "
        return f"{name} >>> "
