"""The gateway's answers as exceptions of Django's own classes, so that code which catches those goes on working."""

from django.db.utils import InternalError, OperationalError, ProgrammingError

import sudoql


class Answer(Exception):
    """`code`, `sqlstate`, `detail` and `hint` as the gateway said them."""

    def __init__(self, said: sudoql.SudoError) -> None:
        super().__init__(str(said))
        self.code, self.sqlstate, self.detail, self.hint = said.code, said.sqlstate, said.detail, said.hint

    @property
    def remedy(self) -> str:
        """What to do now; "" where there is nothing."""
        return self.hint

    def lines(self) -> list[str]:
        parts = [f"{type(self).__name__}: {self}"]
        return parts + [f"{name}: {text}" for name, text in (("Detail", self.detail), ("Hint", self.hint)) if text]

    def _render_traceback_(self) -> list[str]:
        """IPython and Jupyter show these instead of a traceback."""
        return self.lines()


class SudoRequired(Answer, InternalError):
    """A statement that does more than read, in read mode; write mode would permit it."""


class ReadOnly(SudoRequired):
    """Somebody was asked whether to write, and said no."""

    def __init__(self, said: sudoql.SudoError) -> None:
        super().__init__(said)
        self.args = ("Database in read-only mode.",)
        self.detail, self.hint = "", "What you changed in memory is not saved: refresh_from_db() shows what is stored."


class SudoRefused(Answer, ProgrammingError):
    """Policy, or what no policy can allow, says no: of the statement, in read mode and in write mode, or of write mode."""


class ElevationEnded(Answer, OperationalError):
    """Write mode ended under it."""


def django_error(said: sudoql.SudoError) -> Exception:
    if isinstance(said, sudoql.SudoRequired):
        return SudoRequired(said)
    if isinstance(said, sudoql.ElevationEnded):
        return ElevationEnded(said)
    return SudoRefused(said)
