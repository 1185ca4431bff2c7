"""The question of an interactive shell: whether to write, and why. Asked once, at the first statement that needs it."""

import sys

from django.db import connections
from django.db.utils import DatabaseError

import sudoql

from .base import is_gateway
from .elevation import begin, parameter, target_of
from .errors import ReadOnly, SudoRequired, django_error

_IDLE = 0


def ask_in_shell() -> None:
    """From now on refused writes of this thread's gateway connections ask; those of connections that are made later, too."""
    for connection in connections.all():
        if is_gateway(connection) and not any(isinstance(each, Asking) for each in connection.execute_wrappers):
            connection.execute_wrappers.append(Asking(connection))


def is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


class Asking:
    """An execute wrapper. Runs exactly the refused statement again, once, and only where nothing stood before it in its transaction."""

    def __init__(self, connection) -> None:
        self.connection = connection

    def __call__(self, execute, sql, params, many, context):
        first = self.connection.connection is None or self.connection.connection.info.transaction_status == _IDLE
        try:
            return execute(sql, params, many, context)
        except DatabaseError as error:
            said = sudoql.explain(error)
            if not isinstance(said, sudoql.SudoRequired) or not is_interactive():
                raise
            if not first:
                raise SudoRequired(
                    sudoql.SudoRequired(
                        str(said),
                        code=said.code,
                        sqlstate=said.sqlstate,
                        detail="It stands in a transaction in which something ran before it.",
                        hint='Leave the transaction, then: sudo("why")',
                    )
                ) from error
            reason = self.reason(sql)
            if reason is None:
                raise ReadOnly(said) from None
        # Django may have opened a transaction for this one statement: it holds nothing but the refusal.
        if self.connection.connection.info.transaction_status != _IDLE:
            self.connection.connection.rollback()
        begin(self.connection, reason)
        until = parameter(self.connection, "sudoql.write_until")
        print(f"Write mode of {target_of(self.connection)} until {until}. Your team was told. unsudo() ends it.")
        return execute(sql, params, many, context)

    def reason(self, sql: str) -> str | None:
        """None for no."""
        text = " ".join(str(sql).split())
        print(text if len(text) <= 200 else f"{text[:199]}…")
        try:
            answer = input(f"Are you sure you want to write to {target_of(self.connection)}? [y/N] ")
            if answer.strip().lower() not in ("y", "yes"):
                return None
            while True:
                reason = input("Why? Your team is told: ").strip()
                if reason:
                    return reason
        except (EOFError, KeyboardInterrupt):
            print()
            return None


def write_from_the_start(using: str, reason: str, duration: str | None) -> None:
    connection = connections[using]
    begin(connection, reason, duration)
    until = parameter(connection, "sudoql.write_until")
    print(f"Write mode of {target_of(connection)} until {until}. Your team was told.", file=sys.stderr)


__all__ = ["Asking", "ask_in_shell", "django_error", "is_interactive", "write_from_the_start"]
