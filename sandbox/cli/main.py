"""The command line."""

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import conditions, deploy, doctor, inspection, load, remote, rules, terminal

if TYPE_CHECKING:
    from sandbox.settings import Settings

app = terminal.commands()
app.add_typer(rules.app, name="rules", help="Check, test, explain and describe the rule documents.")
for commands in (remote, inspection, conditions):
    app.add_typer(commands.app)
app.command()(load.load)
app.command()(doctor.doctor)
app.command()(deploy.deploy)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("cooprogreso-sandbox"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and nothing else.")
    ] = False,
) -> None:
    """Cooprogreso Sandbox: a bank in a box. Every setting is an environment variable SANDBOX_…: see `settings`."""


def run() -> None:
    """The program `cooprogreso-sandbox`: `sandbox`, which serves where no command is named."""
    if len(sys.argv) == 1:
        sys.argv.append("serve")
    app(prog_name="cooprogreso-sandbox")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [SANDBOX_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for any [SANDBOX_PORT].")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where databases live [SANDBOX_DATA_DIR].")] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes serve one bank on PostgreSQL [SANDBOX_WORKERS].")
    ] = None,
    dev: Annotated[
        bool,
        typer.Option("--dev", help="Developer mode: sessions outlive idling, jumps, resets [SANDBOX_DEV_SESSIONS]."),
    ] = False,
    life: Annotated[
        str | None, typer.Option(help="How lively members of `default` are: off, quiet, typical, busy [SANDBOX_LIFE].")
    ] = None,
) -> None:
    """Start the bank; it is seeded first when it is not there yet."""
    settings = _settings(host=host, port=port, data_dir=data_dir, workers=workers, dev_sessions=dev or None, life=life)
    gc.disable()  # a sixth of the import's time would go into looking through what stays to the end
    from sandbox.cli.server import serve_until_stopped  # keeps the other commands quick

    gc.freeze()
    gc.enable()
    sys.exit(serve_until_stopped(settings, terminal.errors()))


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Where to put what is copied.")] = Path(),
    playwright: Annotated[
        bool, typer.Option("--playwright", help="Copy an example of front-end tests out instead: `playwright`.")
    ] = False,
) -> None:
    """Copy the rules and the seed out, to edit them. A server started in that directory uses them."""
    import shutil

    from sandbox import shipped

    sources = [shipped.example()] if playwright else shipped.packaged()
    wanted = {source: directory / source.name for source in sources}
    for target in wanted.values():
        if target.exists():
            terminal.end(f"{target} exists already: nothing was copied")
    # What a checkout's own example may have beside its sources.
    generated = shutil.ignore_patterns(
        "node_modules", "package-lock.json", "test-results", "playwright-report", "schema.d.ts"
    )
    try:
        for source, target in wanted.items():
            shutil.copytree(source, target, ignore=generated)
            typer.echo(target)
    except OSError as error:
        terminal.end(str(error))


@app.command()
def seed() -> None:
    """Make the golden database now, if it is not there yet."""
    from sandbox.bank.chapter import Chapters
    from sandbox.bank.chapters import CHAPTERS
    from sandbox.cli.progress import SeedingBar
    from sandbox.domain.rules import RulesInvalid, RuleSource
    from sandbox.seeding.documents import SeedInvalid
    from sandbox.starting import CannotStart, ensure_golden, origin_of

    settings = _settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with SeedingBar(terminal.errors()) as report:
            source = RuleSource(settings.rules_dir)
            path = ensure_golden(settings, source, Chapters(CHAPTERS).seeds, origin_of(settings), report)
    except (CannotStart, RulesInvalid, SeedInvalid) as reason:
        terminal.end(str(reason))
    typer.echo(path)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    import tempfile

    from sandbox.app import create_app

    with tempfile.TemporaryDirectory() as directory:
        document = create_app(_settings(data_dir=Path(directory), members=0)).openapi()
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


@app.command()
def settings() -> None:
    """List every setting with its variable, its value and what it does."""
    from rich.table import Table

    from sandbox.settings import Settings

    current = _settings()
    table = Table("variable", "value", "what it does")
    for name, field in Settings.model_fields.items():
        value = "" if name == "control_token" else str(getattr(current, name))
        table.add_row(f"SANDBOX_{name.upper()}", value, field.description)
    terminal.output().print(table)


def _settings(**given: object) -> "Settings":
    from pydantic import ValidationError

    from sandbox.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            terminal.errors().print(f"SANDBOX_{name}: {problem['msg']} (got {problem['input']!r})", markup=False)
        raise typer.Exit(2) from None
