"""`sandbox rules`: check, test, explain and describe the rule documents."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sandbox import shipped
from sandbox.cli import completion
from sandbox.cli.terminal import DEFAULT, URL, Printer, Selected, Url, at_a_sandbox, commands, end, output, reaching

# The rules are imported within the commands: every other command starts in half the time without them.
if TYPE_CHECKING:
    from sandbox.domain.rules import RuleBook, RulesInvalid
    from sandbox.testing import Sandbox

app = commands()
Directory = Annotated[
    Path | None, typer.Option("--rules-dir", envvar="SANDBOX_RULES_DIR", help="Where the documents are.")
]


@app.command()
def check(rules_dir: Directory = None) -> None:
    """Check every document: form, names, types, codes, messages. Exit status 1 when something is wrong."""
    book = _load(rules_dir or shipped.rules_dir())
    count = sum(len(document.rules) for document in book.documents.values())
    typer.echo(f"{len(book.documents)} documents, {count} rules: all hold (revision {book.revision})")


@app.command()
def test(rules_dir: Directory = None) -> None:
    """Run the cases beside the documents. Exit status 1 when one does not hold."""
    from sandbox.domain.rules import RulesInvalid
    from sandbox.domain.rules import cases as rule_cases

    directory = rules_dir or shipped.rules_dir()
    book = _load(directory)
    try:
        outcomes = list(rule_cases.run(book, directory))
    except RulesInvalid as invalid:
        _refuse(invalid)
    broken = [outcome for outcome in outcomes if outcome.problem]
    for outcome in broken:
        typer.echo(f"{outcome.document}: {outcome.case.name}: {outcome.problem}", err=True)
    typer.echo(f"{len(outcomes) - len(broken)} of {len(outcomes)} cases hold")
    if broken:
        raise typer.Exit(1)


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="What is asked, such as otp.resend or identity.document.")],
    facts: Annotated[str, typer.Option(help="The facts as JSON, or @FILE. Money in cents.")],
    rules_dir: Directory = None,
) -> None:
    """Ask the rules and show what each of them said, or what the documents answer."""
    from sandbox.domain.rules import FactsError
    from sandbox.domain.rules.answers import ANSWERS, answer

    book = _load(rules_dir or shipped.rules_dir())
    try:
        if subject in ANSWERS:
            typer.echo(json.dumps(answer(book, subject, _facts(facts)), ensure_ascii=False))
            return
        decision = book.decide_checked(subject, _facts(facts))
    except FactsError as error:
        for name, message in error.fields:
            typer.echo(f"{name}: {message}", err=True)
        raise typer.Exit(2) from None
    from rich.table import Table

    table = Table("rule", "revision", "applies", "passed", "error")
    for step in decision.trace:
        passed = "" if step.passed is None else "yes" if step.passed else "no"
        table.add_row(step.rule, step.revision, "yes" if step.applied else "no", passed, step.error or "")
    output().print(table)
    for finding in (*decision.refused, *decision.warned, *decision.audited):
        typer.echo(f"{finding.action}: {finding.code}: {finding.message('es')} / {finding.message('en')}")
    typer.echo("refused" if decision.refused else "allowed")


@app.command()
def schema(
    document: Annotated[str | None, typer.Argument(help="One document; all when left out.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write NAME.schema.json files into this directory.")] = None,
) -> None:
    """Print the JSON Schema of a document, for completion in editors."""
    from sandbox.domain.rules.kinds import KINDS

    if document is not None and document not in KINDS:
        typer.echo(f"no document is called {document}; there are {', '.join(sorted(KINDS))}", err=True)
        raise typer.Exit(2)
    for name in [document] if document else sorted(KINDS):
        text = schema_text(name)
        if write is None:
            typer.echo(text, nl=False)
        else:
            write.mkdir(parents=True, exist_ok=True)
            (write / f"{name}.schema.json").write_text(text, encoding="utf-8")


Document = Annotated[str, typer.Argument(help="Such as otp or limits.", autocompletion=completion.documents)]


@app.command("list")
@at_a_sandbox
def list_(server: "Sandbox", printer: Printer) -> None:
    """List the documents in force in a sandbox of a running server."""
    printer.items(server.rules.all()["documents"], "name", "revision", "overridden")


@app.command()
def show(document: Document, url: Url = URL, sandbox: Selected = DEFAULT) -> None:
    """Print a document in force in a sandbox of a running server."""
    with reaching(url, sandbox) as server:
        typer.echo(server.rules.read(document), nl=False)


@app.command()
@at_a_sandbox
def put(
    server: "Sandbox",
    printer: Printer,
    document: Document,
    file: Annotated[Path, typer.Argument(help="The document, as YAML.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the decisions that would be others.")] = False,
) -> None:
    """Override a document in one sandbox of a running server."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        end(f"{file}: {error}", 2)
    printer.one(server.rules.override(document, text, dry_run=dry_run))


@app.command()
def reset(document: Document, url: Url = URL, sandbox: Selected = DEFAULT) -> None:
    """Go back to the server's own document."""
    with reaching(url, sandbox) as server:
        server.rules.reset(document)


def schema_text(document: str) -> str:
    """The JSON Schema of a kind of document, as it is kept beside the documents."""
    from sandbox.domain.rules.kinds import KINDS

    return json.dumps(KINDS[document].model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def book_of(directory: Path) -> "RuleBook":
    """The rules of a directory, checked as a server checks them. Raises RulesInvalid."""
    import sandbox.app  # noqa: F401  # the control plane declares some of the problems whose codes rules may name
    from sandbox.bank.chapter import Chapters
    from sandbox.bank.chapters import CHAPTERS
    from sandbox.domain.rules import RuleBook
    from sandbox.problem import CATALOGUE

    return RuleBook.load(directory, frozenset(CATALOGUE), Chapters(CHAPTERS).vocabulary)


def _load(directory: Path) -> "RuleBook":
    from sandbox.domain.rules import RulesInvalid

    try:
        return book_of(directory)
    except RulesInvalid as invalid:
        _refuse(invalid)


def _refuse(invalid: "RulesInvalid") -> NoReturn:
    typer.echo(str(invalid), err=True)
    plural = "mistake" if len(invalid.errors) == 1 else "mistakes"
    typer.echo(f"{len(invalid.errors)} {plural}", err=True)
    raise typer.Exit(1)


def _facts(given: str) -> dict[str, Any]:
    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
        facts = json.loads(text)
    except (OSError, ValueError) as error:
        typer.echo(f"the facts cannot be read: {error}", err=True)
        raise typer.Exit(2) from None
    if not isinstance(facts, dict):
        typer.echo("the facts are a JSON object", err=True)
        raise typer.Exit(2)
    return facts
