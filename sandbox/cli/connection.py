"""A running server, as the command line reaches it."""

import json
import os
from typing import Annotated, Any, NoReturn

import httpx2 as httpx
import typer
from rich.console import Console
from rich.table import Table

console = Console()
errors = Console(stderr=True)

Url = Annotated[str, typer.Option("--url", envvar="SANDBOX_URL", help="Where the server answers.")]
Selected = Annotated[str, typer.Option("--sandbox", "-s", envvar="SANDBOX_NAME", help="Which sandbox.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
URL = "http://127.0.0.1:8000"
DEFAULT = "default"


class Connection:
    """A sandbox on a running server. Calls that are refused or not answered end the command and say why."""

    def __init__(self, url: str, sandbox: str) -> None:
        token = os.environ.get("SANDBOX_CONTROL_TOKEN")
        self.url = url
        self.sandbox = sandbox
        self.token = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.client = httpx.Client(base_url=url, timeout=150, trust_env=False)
        except httpx.InvalidURL as error:
            end(f"--url {url!r}: {error}", 2)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """A call of the control plane; its JSON, None where it answers nothing."""
        answer = self._ask(method, path, **options)
        return answer.json() if answer.content else None

    def text(self, path: str) -> str:
        """What the control plane answers as text."""
        return self._ask("GET", path).text

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        language = "es" if os.environ.get("LANG", "").startswith("es") else "en"
        headers = {"Accept-Language": language, "X-Sandbox": self.sandbox, **self.token}
        try:
            answer = self.client.request(method, f"/_sandbox{path}", headers=headers, **options)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            end(f"No server answers at {self.url} ({error}). Start one with `make run`, or name it with --url.", 3)
        except httpx.TransportError as error:
            end(f"{method} {path} got no answer: {type(error).__name__} {error}", 3)
        if answer.status_code >= 400:
            end(_refusal(answer))
        return answer


def tell(answer: Any, as_json: bool, *columns: str) -> None:
    """An answer: whole as JSON, or its items as a table of some columns, or its fields one a line."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif isinstance(answer, dict) and "items" in answer:
        table = Table(*columns)
        for item in answer["items"]:
            table.add_row(*(_shown(item.get(name)) for name in columns))
        console.print(table)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            typer.echo(f"{name:<16} {_shown(value)}")


def end(reason: str, status: int = 1) -> NoReturn:
    """End the command with a reason on standard error."""
    errors.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def given(text: str, what: str) -> Any:
    """JSON as an argument gives it, `-` for standard input."""
    try:
        return json.loads(typer.get_text_stream("stdin").read() if text == "-" else text)
    except ValueError as error:
        end(f"{what} is no JSON: {error}", 2)


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        fields = [f"  {each['field']}: {each['message']}" for each in problem.get("errors", ())]
        return "\n".join([f"{problem['title']} ({problem['code']}): {problem['detail']}", *fields])
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.method} {answer.request.url} answered {answer.status_code}: is that a sandbox?"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
