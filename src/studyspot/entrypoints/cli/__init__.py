"""The command line: `studyspot up`, `serve`, `migrate`, `health`, `tenants` and more; `--help` lists them."""

import sys

import typer

from studyspot.entrypoints.cli import care, cells, operating, running, tenants
from studyspot.entrypoints.cli.shared import EXIT_REFUSED, errors
from studyspot.kernel.database import AccessRefused, DatabaseMissing
from studyspot.kernel.embedded_postgres import EmbeddedPostgresError
from studyspot.kernel.errors import Refusal
from studyspot.kernel.settings import RefusedSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The platform under study libraries.")
app.add_typer(running.app)
app.add_typer(operating.app)
tenants.app.add_typer(care.app)
app.add_typer(tenants.app, name="tenants")
app.add_typer(cells.app, name="cells")


def main() -> None:
    """Exit codes: 0 done, 1 something is unhealthy, 2 refused (the message says why), 3 done in part (the
    report names the rest).
    """
    try:
        app()
    except DatabaseMissing:
        errors.print("The database is not set up: run `studyspot migrate` first.", style="red")
        sys.exit(EXIT_REFUSED)
    except (RefusedSettings, EmbeddedPostgresError) as problem:
        errors.print(str(problem), style="red")
        sys.exit(EXIT_REFUSED)
    except AccessRefused as refusal:
        errors.print(
            f"The database does not let us in: {refusal.__cause__}. Look at STUDYSPOT_DATABASE_URL, where a"
            " password has its special characters written as %2F and the like, and at"
            " STUDYSPOT_APP_ROLE_PASSWORD; a server that is new needs `studyspot migrate`.",
            style="red",
        )
        sys.exit(EXIT_REFUSED)
    except OSError as problem:
        if problem.filename is None:
            raise
        errors.print(f"{problem.filename}: {problem.strerror}", style="red")
        sys.exit(EXIT_REFUSED)
    except Refusal as refusal:
        errors.print(refusal.message, style="red")
        for fault in refusal.details:
            errors.print(f"  {fault.field}: {fault.message}")
        sys.exit(EXIT_REFUSED)
