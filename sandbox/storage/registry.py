"""The sandboxes of one process: a file each, opened on first use, made by copying the golden database."""

import re
import shutil
from pathlib import Path

from sandbox.domain.rules import RuleSource
from sandbox.problems import Problem, SandboxNotFound, Text
from sandbox.storage.bank import Bank, RingSizes

DEFAULT = "default"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)


class InvalidSandboxName(Problem):
    """See its title."""

    code = "invalid_sandbox_name"
    status = 422
    title = Text("Nombre de sandbox inválido", "Invalid sandbox name")
    says = Text(
        "Un nombre lleva de 1 a 63 minúsculas, cifras, guiones o guiones bajos, y empieza y termina en letra o cifra.",
        "A name has 1 to 63 lower-case letters, digits, hyphens or underscores, and a letter or digit at both ends.",
    )


class SandboxExists(Problem):
    """See its title."""

    code = "sandbox_exists"
    status = 409
    title = Text("El sandbox ya existe", "The sandbox exists")
    says = Text("Ya existe el sandbox «{name}».", "There is a sandbox “{name}” already.")


class DefaultSandboxStays(Problem):
    """See its title."""

    code = "default_sandbox_stays"
    status = 409
    title = Text("El sandbox default no se borra", "The default sandbox stays")
    says = Text("Reinícialo con POST /_sandbox/reset.", "Reset it with POST /_sandbox/reset.")


class Registry:
    """Finds, makes, resets and removes sandboxes below `directory`; every new one starts as a copy of `golden`."""

    def __init__(
        self, directory: Path, golden: Path, rules: RuleSource, rings: RingSizes, *, auto_create: bool = False
    ) -> None:
        self.golden = golden
        self.rules = rules
        self._directory = directory
        self._rings = rings
        self._auto_create = auto_create
        self._open: dict[str, Bank] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def get(self, name: str) -> Bank:
        """The sandbox called `name`. Raises SandboxNotFound."""
        bank = self._open.get(name)
        if bank is not None:
            return bank
        if _NAME.fullmatch(name) is None:
            raise SandboxNotFound(name=name[:63])
        path = self._path(name)
        if not path.exists():
            if not self._auto_create:
                raise SandboxNotFound(name=name)
            self._copy(path)
        return self._opened(name, path)

    def open_banks(self) -> list[Bank]:
        """Those open in this process."""
        return list(self._open.values())

    def names(self) -> list[str]:
        """All sandboxes there are, in order."""
        return sorted(path.stem for path in self._directory.glob("*.sqlite"))

    def create(self, name: str) -> Bank:
        """A new sandbox, a copy of the golden one. Raises InvalidSandboxName, SandboxExists."""
        if _NAME.fullmatch(name) is None:
            raise InvalidSandboxName
        path = self._path(name)
        if path.exists():
            raise SandboxExists(name=name)
        self._copy(path)
        return self._opened(name, path)

    def ensure_default(self) -> Bank:
        """The sandbox that requests without a name mean."""
        path = self._path(DEFAULT)
        if not path.exists():
            self._copy(path)
        return self.get(DEFAULT)

    async def delete(self, name: str) -> None:
        """Remove a sandbox and its file. Raises SandboxNotFound, DefaultSandboxStays."""
        if name == DEFAULT:
            raise DefaultSandboxStays
        bank = self.get(name)
        await bank.store.take_turn(self)
        del self._open[name]
        bank.removed = True
        bank.close()
        self._remove(bank.path)

    async def reset(self, name: str) -> Bank:
        """Put the golden database in place of the sandbox's: whoever comes next sees it whole. Raises
        SandboxNotFound."""
        bank = self.get(name)
        await bank.store.take_turn(self)
        bank.close()
        self._remove(bank.path)
        self._copy(bank.path)
        bank.reopen()
        return bank

    def close(self) -> None:
        for bank in self._open.values():
            bank.close()
        self._open.clear()

    def _opened(self, name: str, path: Path) -> Bank:
        bank = Bank(name, path, self.rules, self._rings)
        self._open[name] = bank
        return bank

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.sqlite"

    def _copy(self, path: Path) -> None:
        unfinished = path.with_suffix(".unfinished")
        shutil.copyfile(self.golden, unfinished)
        unfinished.replace(path)

    def _remove(self, path: Path) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
