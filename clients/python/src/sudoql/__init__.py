"""Write mode of a sudoql gateway, for code: read-only until it says why, and read-only again afterwards.

    from sudoql import sudo

    with sudo(connection, "fix order 4211", "10 min"):
        connection.execute("UPDATE orders SET status = 'paid' WHERE id = 4211")

The gateway decides, records and tells the team; nothing here can make a session write by itself.
"""

from .errors import ElevationEnded, SudoError, SudoRefused, SudoRequired, explain
from .session import Status, mode, status, sudo, unsudo

__all__ = [
    "ElevationEnded",
    "Status",
    "SudoError",
    "SudoRefused",
    "SudoRequired",
    "explain",
    "mode",
    "status",
    "sudo",
    "unsudo",
]
