"""Sandboxes of a running server: make, fork, reset, keep, export, record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import completion
from sandbox.cli.terminal import (
    DEFAULT,
    URL,
    AsJson,
    Printer,
    Selected,
    Url,
    at_a_sandbox,
    commands,
    end,
    reaching,
    tell,
    tell_items,
)

if TYPE_CHECKING:
    from sandbox.testing import Sandbox

app = commands()


@app.command("list")
def list_(url: Url = URL, as_json: AsJson = False) -> None:
    """List the sandboxes."""
    with reaching(url, as_json=as_json) as server:
        tell_items(server.sandboxes(), as_json, "name", "base_path")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is called by: X-Sandbox: NAME, or /s/NAME/…")],
    seed: Annotated[str | None, typer.Option(help="Another seed than the server's.")] = None,
    members: Annotated[int | None, typer.Option(help="How many members.")] = None,
    at: Annotated[str | None, typer.Option(help="The moment its clock starts at, RFC 3339.")] = None,
    rate: Annotated[float | None, typer.Option(help="How fast its clock runs: 0 frozen, 1 as ours.")] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Make a sandbox from the seed."""
    with reaching(url, as_json=as_json) as server:
        made = server.create(name, seed=seed, members=members, now=at, rate=rate)
        tell(made.info(), as_json)


@app.command()
def fork(
    name: Annotated[str, typer.Argument(help="The new one's name.")],
    source: Annotated[
        str, typer.Option("--from", help="A sandbox, or SANDBOX@SNAPSHOT.", autocompletion=completion.sources)
    ] = DEFAULT,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Create a sandbox from another one's present state, or from a snapshot."""
    origin, _, snapshot_name = source.partition("@")
    with reaching(url, origin, as_json=as_json) as server:
        tell(server.fork(name, snapshot=snapshot_name or None).info(), as_json)


@app.command()
def delete(
    name: Annotated[str, typer.Argument(help="Which one.", autocompletion=completion.sandboxes)],
    permanent: Annotated[bool, typer.Option("--permanent", help="Keep nothing of it for `undelete`.")] = False,
    url: Url = URL,
) -> None:
    """Remove a sandbox with its snapshots; `undelete` brings it back for a while."""
    with reaching(url, name) as server:
        server.delete(permanent=permanent)


@app.command()
def undelete(
    name: Annotated[str | None, typer.Argument(help="Which one; without it, list what can be brought back.")] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Bring a deleted sandbox back."""
    with reaching(url, name or DEFAULT, as_json=as_json) as server:
        if name is None:
            tell_items(server.deleted(), as_json, "name", "deleted_at", "kept_until", "size_bytes")
        else:
            tell(server.undelete(), as_json)


@app.command()
@at_a_sandbox
def reset(server: "Sandbox", printer: Printer) -> None:
    """Put a sandbox back to its first day."""
    printer.one(server.reset())


@app.command()
@at_a_sandbox
def snapshot(
    server: "Sandbox",
    printer: Printer,
    name: Annotated[
        str | None, typer.Argument(help="The name to keep it under; without one, list what is kept.")
    ] = None,
) -> None:
    """Create a snapshot of a sandbox."""
    if name is None:
        printer.items(server.snapshots(), "name", "usable", "size_bytes")
    else:
        printer.one(server.snapshot(name))


@app.command()
@at_a_sandbox
def restore(
    server: "Sandbox",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="Which one.", autocompletion=completion.snapshots)],
) -> None:
    """Go back to a snapshot."""
    printer.one(server.restore(name))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write it.")], url: Url = URL, sandbox: Selected = DEFAULT
) -> None:
    """Write a sandbox into one file, a SQLite database."""
    with reaching(url, sandbox) as server:
        database = server.export()
    _write(file, database)
    typer.echo(f"{len(database)} bytes in {file}")


@app.command("import")
@at_a_sandbox
def import_(
    server: "Sandbox", printer: Printer, file: Annotated[Path, typer.Argument(help="What `sandbox export` wrote.")]
) -> None:
    """Replace a sandbox by an exported one."""
    try:
        database = file.read_bytes()
    except OSError as error:
        end(f"{file}: {error.strerror}", 2)
    printer.one(server.import_(database))


@app.command()
@at_a_sandbox
def record(
    server: "Sandbox",
    printer: Printer,
    out: Annotated[Path | None, typer.Option(help="Write what was recorded here, and record no more.")] = None,
) -> None:
    """Reset a sandbox, freeze its clock and record from there; with --out, end the recording."""
    if out is None:
        printer.one(server.record())
        return
    lines = server.recording()
    _write(out, lines.encode())
    server.stop_recording()
    typer.echo(f"{lines.count(chr(10)) - 1} exchanges in {out}")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording of `sandbox record`.")],
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Ask a new sandbox of the same seed the same things. Exit status 1, with the first difference, when an answer
    differs in status, body or headers, or a request in what it did: events, postings, messages."""
    from sandbox.cli import replay as replaying

    head, exchanges = replaying.read(file)
    with reaching(url, as_json=as_json) as server:
        found = replaying.replay(server, head, exchanges)
    if as_json:
        tell({"same": found is None, "exchanges": len(exchanges), "difference": found and found._asdict()}, as_json)
    elif found is None:
        typer.echo(f"{len(exchanges)} exchanges, the same to the byte")
    else:
        typer.echo(f"exchange {found.number} of {len(exchanges)}, {found.request}: {_ANOTHER[found.what]}")
        typer.echo(f"  recorded  {found.recorded}\n  replayed  {found.replayed}")
    if found is not None:
        raise typer.Exit(1)


_ANOTHER = {
    "connection": "another connection",
    "status": "another status",
    "body": "another body",
    "headers": "other headers",
    "effects": "other effects",
}


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        end(f"{file}: {error.strerror}", 2)
