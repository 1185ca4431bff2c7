from django.apps import AppConfig, apps
from django.core import checks
from django.core.signals import request_finished
from django.db import connections, router


class SudoqlConfig(AppConfig):
    name = "sudoql_django"
    verbose_name = "sudoql"

    def ready(self) -> None:
        request_finished.connect(leave_write_mode, dispatch_uid="sudoql.leave")
        checks.register(check_sessions, checks.Tags.security)
        if apps.is_installed("django.contrib.auth"):
            keep_logins_working()


def leave_write_mode(**_) -> None:
    """Write mode that a request entered ends with it."""
    from .base import is_gateway
    from .elevation import unsudo

    for connection in connections.all(initialized_only=True):
        if is_gateway(connection) and connection.connection is not None:
            try:
                unsudo(connection.alias)
            except Exception:  # noqa: BLE001  It is gone, and write mode with it.
                connection.close()


def keep_logins_working() -> None:
    """Django writes `last_login` at each login: in read mode that is left out, instead of failing the login."""
    from django.contrib.auth.models import update_last_login
    from django.contrib.auth.signals import user_logged_in

    def receiver(sender, user, **kwargs):
        from .base import is_gateway
        from .elevation import mode

        using = router.db_for_write(type(user), instance=user)
        if is_gateway(connections[using]) and mode(using) == "read":
            return
        update_last_login(sender, user, **kwargs)

    user_logged_in.disconnect(dispatch_uid="update_last_login")
    # Under the same name, so that the auth app does not connect its own behind this one.
    user_logged_in.connect(receiver, dispatch_uid="update_last_login", weak=False)


def check_sessions(app_configs, **_):
    from django.conf import settings

    from .base import is_gateway

    in_database = settings.SESSION_ENGINE in ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")
    if not in_database or not apps.is_installed("django.contrib.sessions"):
        return []
    from django.contrib.sessions.models import Session

    using = router.db_for_write(Session)
    if not is_gateway(connections[using]):
        return []
    return [
        checks.Warning(
            f'Sessions are stored in "{using}", which is read-only until somebody says why: nobody can log in.',
            hint='SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies", or a cache.',
            id="sudoql.W001",
        )
    ]
