"""`sandbox doctor`: is everything there that a server needs?"""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from sandbox.cli.terminal import AsJson, output, tell_json

if TYPE_CHECKING:
    from sandbox.settings import Settings

_CLIENT_VARIABLES = {"SANDBOX_URL", "SANDBOX_NAME"}
_FREE_BYTES = 500 * 1024 * 1024
_OLDEST_PYTHON = (3, 11)
_OLDEST_SQLITE = (3, 38, 0)


class Finding(NamedTuple):
    """What was looked at, whether it is well (None: it could be better), what was found and what to do."""

    what: str
    ok: bool | None
    found: str
    cure: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Say what is wrong with the set-up, and what to do about it. Exit status 1 when a server could not start."""
    findings = list(examine())
    if as_json:
        tell_json({"findings": [each._asdict() for each in findings]})
    else:
        for each in findings:
            mark = {True: "[green]ok  [/]", False: "[red]bad [/]", None: "[yellow]note[/]"}[each.ok]
            output().print(f"{mark} {each.what}: ", end="")
            output().print(each.found, markup=False, highlight=False, soft_wrap=True)
            if each.cure:
                output().print(f"     {each.cure}", markup=False, highlight=False, soft_wrap=True)
    if any(each.ok is False for each in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Look at everything; what depends on settings only where these can be read."""
    yield _interpreter()
    yield _sqlite()
    yield from _modules()
    yield from _variables()
    settings = _settings()
    if isinstance(settings, Finding):
        yield settings
        return
    yield _rules(settings)
    yield _seed(settings)
    yield from _data(settings)
    if settings.database_url:
        yield _server(settings)
    yield _address(settings)


def _interpreter() -> Finding:
    import platform

    version = platform.python_version()
    cure = "" if sys.version_info >= _OLDEST_PYTHON else "Use Python 3.11 or newer."
    return Finding("Python", not cure, f"{version} on {platform.system()}", cure)


def _sqlite() -> Finding:
    import sqlite3

    cure = (
        "" if sqlite3.sqlite_version_info >= _OLDEST_SQLITE else "Use a Python that is built with SQLite 3.38 or newer."
    )
    return Finding("SQLite", not cure, sqlite3.sqlite_version, cure)


def _modules() -> Iterator[Finding]:
    for name, without in {
        "uvloop": "requests take longer",
        "httptools": "requests take longer, and no limit holds for slow ones",
        "locust": "there is no `sandbox load`: pip install 'cooprogreso-sandbox[load]'",
    }.items():
        is_there = find_spec(name) is not None
        yield Finding(name, True if is_there else None, "installed" if is_there else f"not installed: {without}")


def _variables() -> Iterator[Finding]:
    """Variables that are no settings: a misspelt one would silently do nothing."""
    import difflib

    from sandbox.settings import Settings

    known = {f"SANDBOX_{name.upper()}" for name in Settings.model_fields} | _CLIENT_VARIABLES
    for name in sorted(os.environ):
        if name.startswith("SANDBOX_") and name.upper() not in known:
            alike = difflib.get_close_matches(name.upper(), sorted(known), 1)
            cure = f"Did you mean {alike[0]}?" if alike else "`sandbox settings` lists the settings."
            yield Finding(name, None, "no such setting", cure)


def _settings() -> "Settings | Finding":
    from pydantic import ValidationError

    from sandbox.settings import Settings

    try:
        return Settings()
    except ValidationError as invalid:
        wrong = "; ".join(
            f"SANDBOX_{'_'.join(str(part) for part in each['loc']).upper()}: {each['msg']}" for each in invalid.errors()
        )
        return Finding("settings", ok=False, found=wrong, cure="`sandbox settings` says what each takes.")


def _rules(settings: "Settings") -> Finding:
    from sandbox.cli.rules import book_of
    from sandbox.domain.rules import RulesInvalid

    try:
        book = book_of(settings.rules_dir)
    except RulesInvalid as invalid:
        return Finding("rules", ok=False, found=str(invalid), cure="`sandbox init` copies out rules that hold.")
    return Finding("rules", ok=True, found=f"{len(book.documents)} documents in {settings.rules_dir}")


def _server(settings: "Settings") -> Finding:
    try:
        from sandbox.storage.server.cluster import Cluster
    except ModuleNotFoundError:
        cure = "pip install 'cooprogreso-sandbox[postgres]'"
        return Finding("PostgreSQL", ok=False, found="psycopg is not installed", cure=cure)
    from sandbox.kernel.features import chosen
    from sandbox.storage.errors import ServerError

    try:
        features = chosen(settings.database_features)
        with closing(Cluster(settings.database_url, "sandbox_", features=features)) as cluster:
            cluster.require_usable()
    except ServerError as error:
        cure = "Start the server of SANDBOX_DATABASE_URL, or name another one."
        return Finding("PostgreSQL", ok=False, found=str(error), cure=cure)
    return Finding("PostgreSQL", ok=True, found="the server of SANDBOX_DATABASE_URL answers")


def _seed(settings: "Settings") -> Finding:
    from sandbox.seeding import catalogues
    from sandbox.seeding.documents import SeedInvalid

    try:
        institution = catalogues.institution(settings.seed_dir)
    except (SeedInvalid, OSError) as invalid:
        return Finding("seed", ok=False, found=str(invalid), cure="`sandbox init` copies out a seed that holds.")
    return Finding("seed", ok=True, found=f"{institution.name} in {settings.seed_dir}")


def _data(settings: "Settings") -> Iterator[Finding]:
    from filelock import FileLock, Timeout

    place = settings.data_dir
    there = _nearest(place)
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding("data", ok=False, found=f"{there} cannot be written", cure="Set SANDBOX_DATA_DIR.")
        return
    yield Finding("data", ok=True, found=str(place.absolute()))
    free = shutil.disk_usage(there).free
    cure = "" if free >= _FREE_BYTES else "A bank of 1,000 members takes 15 MB, and each sandbox is a copy of it."
    yield Finding("disk", True if not cure else None, f"{free // 1024**2} MiB free", cure)
    if (place / "lock").exists():
        lock = FileLock(place / "lock", blocking=False)
        try:
            lock.acquire()
            lock.release()
        except Timeout:
            yield Finding("lock", None, f"a server uses {place}", "Set SANDBOX_DATA_DIR to start another one.")


def _address(settings: "Settings") -> Finding:
    import socket

    from sandbox.http.guard import is_loopback

    where = f"{settings.host}:{settings.port}"
    if settings.control_token is None and not is_loopback(settings.host):
        cure = "Set SANDBOX_CONTROL_TOKEN: others could steer the bank."
        return Finding("address", ok=False, found=f"{where} is no loopback address, and there is no token", cure=cure)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as plug:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            plug.bind((settings.host, settings.port))
        except OSError as error:
            is_used = error.errno == errno.EADDRINUSE
            found = "is in use" if is_used else f"cannot be used: {error.strerror}"
            return Finding(
                "address", None if is_used else False, f"{where} {found}", "Set SANDBOX_PORT to use another."
            )
    return Finding("address", ok=True, found=f"{where} is free")


def _nearest(path: Path) -> Path:
    """The path, or the nearest directory above it that exists."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
