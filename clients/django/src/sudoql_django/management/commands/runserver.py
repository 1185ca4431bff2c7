from django.apps import apps
from django.core.management.commands import runserver
from django.db import connections

from ...base import is_gateway
from ...elevation import mode, target_of

if apps.is_installed("django.contrib.staticfiles"):
    from django.contrib.staticfiles.management.commands import runserver  # noqa: F811


class Command(runserver.Command):
    def check_migrations(self):
        for connection in connections.all():
            if is_gateway(connection):
                says = "may write" if mode(connection.alias) == "write" else "reads only"
                self.stdout.write(self.style.WARNING(f'"{connection.alias}" is {target_of(connection)}, by sudoql: it {says}.'))
        super().check_migrations()
