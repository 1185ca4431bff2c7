from django.core.management.commands import shell

from ..shells import SudoqlShell


class Command(SudoqlShell, shell.Command):
    pass
