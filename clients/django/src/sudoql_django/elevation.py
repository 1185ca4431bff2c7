"""Write mode for a block, or until it is ended: of one of Django's connections."""

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

import sudoql

from .errors import django_error


class Elevation:
    """Write mode that has begun. As a context it ends with its block."""

    def __init__(self, reason: str, duration: str | None, using: str) -> None:
        self.using = using
        connection = connections[using]
        if connection.in_atomic_block:
            raise TransactionManagementError("sudo() stands outside of atomic(): write mode begins before a transaction.")
        begin(connection, reason, duration)

    def __enter__(self) -> "Elevation":
        return self

    def __exit__(self, *_: object) -> None:
        unsudo(self.using)

    def __repr__(self) -> str:
        until = parameter(connections[self.using], "sudoql.write_until")
        return f"<write mode of {self.using!r} until {until}>" if until else f"<{self.using!r} reads only>"


def sudo(reason: str, duration: str | None = None, using: str = DEFAULT_DB_ALIAS) -> Elevation:
    """Begins write mode and tells the team why. `with sudo("why"):` ends it with the block; else unsudo() does, the end of the
    request, or its time. Raises SudoRefused; nothing was announced then."""
    return Elevation(reason, duration, using)


def unsudo(using: str = DEFAULT_DB_ALIAS) -> None:
    """Back to read mode. In read mode it does nothing."""
    connection = connections[using]
    if connection.connection is not None and mode(using) == "write":
        sudoql.unsudo(connection.connection)


def status(using: str = DEFAULT_DB_ALIAS) -> sudoql.Status:
    """Asks the gateway how this session stands."""
    connection = connections[using]
    connection.ensure_connection()
    return sudoql.status(connection.connection)


def mode(using: str = DEFAULT_DB_ALIAS) -> str | None:
    """"read" or "write"; None when there is no gateway behind this connection."""
    connection = connections[using]
    connection.ensure_connection()
    return sudoql.mode(connection.connection)


def begin(connection, reason: str, duration: str | None = None) -> None:
    """On a connection on which nothing is open. A transaction that Django has opened and nothing ran in counts as nothing."""
    connection.ensure_connection()
    text, values = ("SELECT sudo(%s)", [reason]) if duration is None else ("SELECT sudo(%s, %s)", [reason, duration])
    try:
        with connection.connection.cursor() as cursor:
            cursor.execute(text, values)
    except Exception as error:
        said = sudoql.explain(error)
        if said is None:
            raise
        raise django_error(said) from error


def parameter(connection, name: str) -> str:
    """What the gateway reported last; "" for nothing."""
    driver = connection.connection
    if driver is None:
        return ""
    info = getattr(driver, "info", None)
    found = info.parameter_status(name) if hasattr(info, "parameter_status") else driver.get_parameter_status(name)
    return found or ""


def target_of(connection) -> str:
    """`shop (production)`, for people."""
    connection.ensure_connection()
    name, environment = (parameter(connection, f"sudoql.{part}") for part in ("target", "environment"))
    return f"{name} ({environment})" if environment else name or str(connection.settings_dict["NAME"])
