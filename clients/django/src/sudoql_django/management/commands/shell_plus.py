try:
    from django_extensions.management.commands import shell_plus
except ImportError as error:
    from django.core.management.base import CommandError

    raise CommandError("shell_plus needs django-extensions.") from error

from ..shells import SudoqlShell


class Command(SudoqlShell, shell_plus.Command):
    pass
