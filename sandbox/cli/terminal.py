"""What commands share: their options, how they reach a server, and how they print what it answers."""

import inspect
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, NamedTuple, NoReturn, ParamSpec

import typer

from sandbox.cli import completion

# The client is imported where a server is reached, and Rich where something is printed: `--help` and completions of the
# shell do with neither.
if TYPE_CHECKING:
    from rich.console import Console

    from sandbox.testing import Problem, Sandbox

_WIDEST = 10_000  # columns of text
P = ParamSpec("P")

Url = Annotated[str, typer.Option("--url", envvar="SANDBOX_URL", help="Where the server answers.")]
Selected = Annotated[
    str,
    typer.Option("--sandbox", "-s", envvar="SANDBOX_NAME", help="Which sandbox.", autocompletion=completion.sandboxes),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, and a refusal, too.")]
URL = completion.URL
DEFAULT = completion.DEFAULT


def commands() -> typer.Typer:
    """A group of commands. Its help is plain text: Rich would take twice the time of everything else to import."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@cache
def output() -> "Console":
    """Standard output, for text with colours and tables."""
    from rich.console import Console

    return Console()


@cache
def errors() -> "Console":
    """Standard error, for reasons and progress."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def reaching(url: str, name: str = DEFAULT, *, as_json: bool = False) -> Iterator["Sandbox"]:
    """A sandbox on a running server. Calls that are refused or not answered end the command and say why."""
    import httpx2

    from sandbox.testing import Problem, Sandbox, UnexpectedAnswer

    language = "es" if os.environ.get("LANG", "").startswith("es") else "en"
    try:
        with Sandbox(name, url=url, language=language) as sandbox:
            yield sandbox
    except Problem as problem:
        _end_refused(problem, as_json=as_json)
    except UnexpectedAnswer as answer:
        end(f"{answer.call} answered {answer.reply.status}: is {url} a sandbox?")
    except httpx2.InvalidURL as error:
        end(f"--url {url!r}: {error}", 2)
    except (httpx2.ConnectError, httpx2.UnsupportedProtocol) as error:
        end(f"No server answers at {url} ({error}). Start one with `sandbox serve`, or name it with --url.", 3)
    except httpx2.TransportError as error:
        asked = error.request
        end(f"{asked.method} {asked.url.path} got no answer: {type(error).__name__} {error}", 3)


class Printer(NamedTuple):
    """Prints what a command was answered: as JSON, or for people."""

    as_json: bool

    def one(self, answer: Mapping[str, Any]) -> None:
        """Print an answer, its fields one a line."""
        tell(answer, self.as_json)

    def items(self, items: Sequence[Mapping[str, Any]], *columns: str) -> None:
        """Print a list as a table of some columns."""
        tell_items(items, self.as_json, *columns)


def at_a_sandbox(command: Callable[Concatenate["Sandbox", Printer, P], None]) -> Callable[..., None]:
    """A command about one sandbox: it gets the options that name the server, the sandbox and the form of the answer.

    `command` takes the sandbox and the printer first, and then what its own options give.
    """
    shared = inspect.signature(_shared).parameters.values()
    own = list(inspect.signature(command).parameters.values())[2:]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared)]

    def run(url: str, sandbox: str, as_json: bool, *args: P.args, **own: P.kwargs) -> None:
        with reaching(url, sandbox, as_json=as_json) as server:
            command(server, Printer(as_json), *args, **own)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _shared(url: Url = URL, sandbox: Selected = DEFAULT, as_json: AsJson = False) -> None:
    """The options of every command about one sandbox."""


def tell(answer: Mapping[str, Any], as_json: bool) -> None:
    """Print an answer: as JSON, or its fields one a line."""
    if as_json:
        tell_json(answer)
    else:
        for name, value in answer.items():
            typer.echo(f"{name:<16} {shown(value)}")


def tell_items(items: Sequence[Mapping[str, Any]], as_json: bool, *columns: str) -> None:
    """Print a list: as JSON, or as a table of some columns; `device.name` is a field of a field."""
    if as_json:
        tell_json({"items": items})
        return
    from rich.table import Column, Table

    table = Table(*(Column(name, overflow="fold") for name in columns))
    for item in items:
        table.add_row(*(shown(_field(item, name)) for name in columns))
    # A pipe has no width: what is read by a program or by grep stays on its line.
    output().print(table, width=None if output().is_terminal else _WIDEST)


def tell_json(answer: Any) -> None:
    """Print JSON."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def end(reason: str, status: int = 1) -> NoReturn:
    """End the command with a reason on standard error."""
    errors().print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def given(text: str, what: str) -> Any:
    """JSON as an argument gives it, `-` for standard input."""
    try:
        return json.loads(typer.get_text_stream("stdin").read() if text == "-" else text)
    except ValueError as error:
        end(f"{what} is no JSON: {error}", 2)


def shown(value: object) -> str:
    """A value in a table or behind its name."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _field(item: Mapping[str, Any], name: str) -> Any:
    head, _, rest = name.partition(".")
    value = item.get(head)
    return _field(value, rest) if rest and isinstance(value, dict) else value


def _end_refused(problem: "Problem", *, as_json: bool) -> NoReturn:
    if as_json:
        tell_json(problem.document)
        raise typer.Exit(1)
    fields = [f"  {each['field']}: {each['message']}" for each in problem.document.get("errors", ())]
    end("\n".join([f"{problem.title} ({problem.code}): {problem.detail}", *fields]))
