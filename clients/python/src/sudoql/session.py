"""The in-band calls on a connection: psycopg 3, psycopg2, or SQLAlchemy's Connection and Session over either."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator

from .errors import explain

_IDLE = 0  # libpq's PQTRANS_IDLE


@dataclass(frozen=True)
class Status:
    """As `SELECT sudo_status()` answers it."""

    mode: str
    principal: str
    target: str
    session: str
    #: id, reason, started_at, deadline, seconds_left; None in read mode.
    elevation: dict[str, Any] | None
    last_refusal: dict[str, Any] | None


@contextmanager
def sudo(connection: Any, reason: str, duration: str | None = None) -> Iterator[Any]:
    """Write mode for a block. Afterwards the transaction that is open is committed, or rolled back after an exception, and the
    session reads only, whatever happened.

    `duration` as the gateway takes it: "10 min", "1 h". Raises SudoError when it is refused: nothing was announced then. Raises it
    too when the session is in write mode already, for this block's end would end that as well.
    """
    driver = _driver(connection)
    if mode(driver) == "write":
        raise RuntimeError("This session is in write mode already; its end would be this block's.")
    _call(driver, *_sudo(reason, duration))
    # What a SQLAlchemy Session or Connection began by itself belongs to this block.
    finish = connection if hasattr(connection, "get_transaction") or hasattr(connection, "in_transaction") else driver
    try:
        yield connection
    except BaseException:
        _quietly(finish.rollback)
        _quietly(lambda: unsudo(driver))
        raise
    try:
        finish.commit()
    finally:
        _quietly(lambda: unsudo(driver))


def unsudo(connection: Any) -> None:
    """Back to read mode; what is open is not committed. In read mode it does nothing."""
    driver = _driver(connection)
    if mode(driver) == "write":
        _call(driver, "SELECT unsudo()", ())


def status(connection: Any) -> Status:
    """Asks the gateway how this session stands."""
    said = json.loads(_call(_driver(connection), "SELECT sudo_status()", ()))
    return Status(**{name: said.get(name) for name in ("mode", "principal", "target", "session", "elevation", "last_refusal")})


def mode(connection: Any) -> str | None:
    """"read" or "write", as the gateway last reported it, without asking; None when this is no gateway's connection."""
    driver = _driver(connection)
    info = getattr(driver, "info", None)
    if hasattr(info, "parameter_status"):
        return info.parameter_status("sudoql.mode")
    if hasattr(driver, "get_parameter_status"):
        return driver.get_parameter_status("sudoql.mode")
    raise TypeError(f"{type(driver).__name__} is no connection of psycopg or psycopg2.")


def _sudo(reason: str, duration: str | None) -> tuple[str, tuple[str, ...]]:
    if duration is None:
        return "SELECT sudo(%s)", (reason,)
    return "SELECT sudo(%s, %s)", (reason, duration)


def _driver(connection: Any) -> Any:
    """What SQLAlchemy wraps, or the connection itself."""
    if hasattr(connection, "get_bind") and hasattr(connection, "connection"):  # Session
        connection = connection.connection()
    if hasattr(connection, "exec_driver_sql"):  # Connection
        connection = connection.connection
    return getattr(connection, "driver_connection", None) or connection


def _call(driver: Any, text: str, values: tuple[str, ...]) -> Any:
    """A statement of its own, outside of any transaction of the driver's making where none is open."""
    idle = driver.info.transaction_status == _IDLE
    implicit = idle and not driver.autocommit
    if implicit:
        driver.autocommit = True
    try:
        with driver.cursor() as cursor:
            cursor.execute(text, values)
            (answer,) = cursor.fetchone()
            return answer
    except Exception as error:
        said = explain(error)
        if said is None:
            raise
        raise said from error
    finally:
        if implicit and not driver.closed:
            driver.autocommit = False


def _quietly(act: Any) -> None:
    """A connection that is gone has left write mode by itself."""
    try:
        act()
    except Exception:  # noqa: BLE001
        pass
