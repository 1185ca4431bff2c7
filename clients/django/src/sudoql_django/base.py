"""`"ENGINE": "sudoql_django"`: Django's own PostgreSQL backend, which tells the gateway's answers from the database's."""

import shutil

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base, client, creation
from django.db.utils import DatabaseError

import sudoql

from .errors import Answer, django_error


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(cls, settings_dict, parameters):
        """`manage.py dbshell` opens sudoql's own prompt where it is installed and SUDOQL_URL says where the gateway is; else psql."""
        url, program = getattr(settings, "SUDOQL_URL", None), shutil.which("sudoql")
        if not url or not program:
            return super().settings_to_cmd_args_env(settings_dict, parameters)
        env = {"SUDOQL_URL": url, "SUDOQL_TOKEN": settings_dict["PASSWORD"]}
        return [program, settings_dict["NAME"], *parameters], env


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args, **kwargs):
        raise ImproperlyConfigured(
            f'Tests do not run on "{self.connection.alias}": it is a sudoql gateway, with production behind it. '
            "Give tests a database of their own, with ENGINE django.db.backends.postgresql."
        )


class DatabaseWrapper(base.DatabaseWrapper):
    display_name = "PostgreSQL through sudoql"
    client_class = DatabaseClient
    creation_class = DatabaseCreation

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A cursor that outlives its transaction is materialised by the server, which a read session may not have done for it.
        self.settings_dict.setdefault("DISABLE_SERVER_SIDE_CURSORS", True)
        self.execute_wrappers.append(explained)

    def _close(self):
        """A connection that goes back to a pool leaves write mode; one that is closed leaves it by itself."""
        if self.connection is not None and getattr(self, "pool", None) is not None:
            try:
                sudoql.unsudo(self.connection)
            except Exception:  # noqa: BLE001  It is gone, and write mode with it.
                pass
        return super()._close()


def explained(execute, sql, params, many, context):
    try:
        return execute(sql, params, many, context)
    except Answer:
        raise
    except DatabaseError as error:
        said = sudoql.explain(error)
        if said is None:
            raise
        raise django_error(said) from error


def is_gateway(connection) -> bool:
    return isinstance(connection, DatabaseWrapper)
