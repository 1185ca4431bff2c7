"""Connections that a pool lends on are in read mode: what one borrower was allowed is not the next one's."""

from __future__ import annotations

from typing import Any

from .session import mode, unsudo


def reset(connection: Any) -> None:
    """For psycopg_pool: `ConnectionPool(conninfo, reset=sudoql.pools.reset)`."""
    if mode(connection) == "write":
        unsudo(connection)


def guard(engine: Any) -> None:
    """For SQLAlchemy: each connection that comes back to this engine's pool leaves write mode; one that cannot is thrown away."""
    from sqlalchemy import event

    @event.listens_for(engine, "checkin")
    def leave(dbapi_connection: Any, record: Any) -> None:
        if dbapi_connection is None:
            return
        try:
            reset(dbapi_connection)
        except Exception as error:  # noqa: BLE001
            record.invalidate(error)
