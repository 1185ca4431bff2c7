"""`manage.py migrate` on a gateway: says why first, names the migrations to the team, and asks policy before anything is announced."""

import sys

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.executor import MigrationExecutor

from ...asking import is_interactive
from ...base import is_gateway
from ...elevation import mode, sudo, target_of
from ...errors import Answer, ElevationEnded, SudoRefused, SudoRequired


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--reason", help="Why; it is recorded and announced.")
        parser.add_argument("--for", dest="duration", metavar="TIME", help="How long write mode may last, such as 10min.")

    def handle(self, *args, **options):
        reason, duration = options.pop("reason", None), options.pop("duration", None)
        using = options["database"]
        connection = connections[using]
        only_shows = options.get("plan") or options.get("check_unapplied")
        if not is_gateway(connection) or only_shows or mode(using) == "write":
            return super().handle(*args, **options)
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(targets(executor, options))
        if not plan:
            return super().handle(*args, **options)
        names = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
        try:
            ask_policy(connection, executor, plan)
            with sudo(reason_for(reason or asked(connection, names), names), duration, using=using):
                return super().handle(*args, **options)
        except (SudoRequired, SudoRefused, ElevationEnded) as error:
            raise CommandError("\n".join(error.lines())) from error
        except MigrationSchemaMissing as error:
            # Django says it in words of its own, and keeps the answer behind them.
            said = error.__context__
            raise CommandError("\n".join(said.lines()) if isinstance(said, Answer) else str(error)) from error


def targets(executor, options):
    app, name = options.get("app_label"), options.get("migration_name")
    leaves = executor.loader.graph.leaf_nodes()
    if not app:
        return leaves
    if name == "zero":
        return [(app, None)]
    if name:
        return [(app, executor.loader.get_migration_by_prefix(app, name).name)]
    return [key for key in leaves if key[0] == app]


def ask_policy(connection, executor, plan) -> None:
    """Sends the first statement of the plan in read mode: its refusal says whether write mode would be enough. Raises SudoRefused."""
    for text in executor.loader.collect_sql(plan[:1]):
        if text.startswith("--") or text.rstrip(";").upper() in ("BEGIN", "COMMIT"):
            continue
        try:
            with connection.cursor() as cursor:
                cursor.execute(text)
        except SudoRequired:
            return
        return


def asked(connection, names: list[str]) -> str:
    if not is_interactive():
        raise CommandError('Say why: manage.py migrate --reason "…". It is recorded, and your team is told.')
    print("\n".join(names))
    try:
        reason = input(f"Why are these applied to {target_of(connection)}? Your team is told: ").strip()
    except (EOFError, KeyboardInterrupt):
        sys.exit("\nNothing was changed.")
    return reason or sys.exit("Nothing was changed.")


MOST_NAMES = 5


def reason_for(reason: str, names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{reason} (migrate: {shown}{more})"
