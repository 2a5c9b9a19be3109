"""The command line: every command with its arguments and options, from the program itself."""

from collections.abc import Iterator
from typing import Any

import typer.main

from handbook.markdown import block, code, codes, joined, paragraphs, table
from sandbox.cli.main import app

_TYPES = {
    "str": "text", "int": "integer", "int range": "integer", "float": "number", "float range": "number", "path": "path",
}  # fmt: skip


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups left out."""
    yield from _commands("sandbox", typer.main.get_command(app))


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word in sorted(inner):
        yield from _commands(f"{name} {word}", inner[word])


def text() -> str:
    """All of them."""
    return joined(*(_command(name, command) for name, command in commands()))


def _command(name: str, command: Any) -> str:
    context = typer.Context(command, info_name=name)
    given = [each for each in command.params if not each.hidden]
    arguments = [each for each in given if each.param_type_name == "argument"]
    options = [each for each in given if each.param_type_name == "option"]
    usage = " ".join([name, *(_argument(each) for each in arguments), *(["[OPTIONS]"] if options else [])])
    return joined(
        f"## {name}",
        block(usage, "console"),
        paragraphs(command.help or ""),
        table(
            ("Argument", "Type", "What it is"),
            [(code(_argument(each)), _type(each, context), each.help or "") for each in arguments],
        ),
        table(("Option", "Type", "Default", "What it does"), [_option(each, context) for each in options]),
    )


def _argument(argument: Any) -> str:
    name = argument.metavar or (argument.name.upper() if argument.required else f"[{argument.name.upper()}]")
    return str(name)


def _option(option: Any, context: typer.Context) -> tuple[str, str, str, str]:
    default = "" if option.is_flag or option.default is None else code(option.default)
    if option.envvar:
        default = f"{code(option.envvar)}, else {default}" if default else code(option.envvar)
    kind = "flag" if option.is_flag else _type(option, context)
    return codes([*option.opts, *option.secondary_opts]), kind, default, option.help or ""


def _type(parameter: Any, context: typer.Context) -> str:
    kind = str(parameter.display_type(context)).strip("<>").replace("list[", "").rstrip("]")
    return codes(kind.split("|")) if "|" in kind else _TYPES[kind]
