"""What a gateway answered instead of the database, as exceptions: each has the gateway's code, words and remedy."""

from __future__ import annotations


class SudoError(Exception):
    """`code` is stable (docs/errors.md); `detail` says why, `hint` what to do now. Each is "" where nothing was said."""

    def __init__(self, message: str, *, code: str = "", sqlstate: str = "", detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint


class SudoRequired(SudoError):
    """A statement that does more than read, in read mode; write mode would permit it, and this person the mode."""


class SudoRefused(SudoError):
    """Policy, or what no policy can allow, says no: of the statement (in read mode: in write mode too), or of write mode."""


class ElevationEnded(SudoError):
    """Write mode ended under it. With SQLSTATE 40003 nobody can say whether the statement was committed: look first."""


_CLASSES: dict[str, type[SudoError]] = {
    "write_needs_elevation": SudoRequired,
    "refused_by_policy": SudoRefused,
    "refused_by_floor": SudoRefused,
    "not_understood": SudoRefused,
    "sudo_not_permitted": SudoRefused,
    "elevation_ended": ElevationEnded,
    "statement_cancelled": ElevationEnded,
}


def _class_of(code: str, hint: str) -> type[SudoError]:
    # The hint names the way into write mode where that helps, and only there.
    if code == "write_needs_elevation" and "SELECT sudo(" not in hint and "sudoql.reason" not in hint:
        return SudoRefused
    return _CLASSES.get(code, SudoError)


def explain(error: BaseException) -> SudoError | None:
    """The gateway's answer in a driver's exception, or in one that wraps it; None when the database itself said it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, SudoError):
            return current
        diag = getattr(current, "diag", None)
        if diag is not None and getattr(diag, "source_file", None) == "sudoql":
            code, hint = diag.source_function or "", diag.message_hint or ""
            return _class_of(code, hint)(
                diag.message_primary or str(current),
                code=code,
                sqlstate=diag.sqlstate or "",
                detail=diag.message_detail or "",
                hint=hint,
            )
        # asyncpg names the same fields otherwise.
        if getattr(current, "server_source_filename", None) == "sudoql":
            code, hint = (getattr(current, name, "") or "" for name in ("server_source_function", "hint"))
            return _class_of(code, hint)(
                getattr(current, "message", None) or str(current),
                code=code,
                sqlstate=getattr(current, "sqlstate", "") or "",
                detail=getattr(current, "detail", "") or "",
                hint=hint,
            )
        # SQLAlchemy keeps the driver's as `orig`.
        current = getattr(current, "orig", None) or current.__cause__
    return None
