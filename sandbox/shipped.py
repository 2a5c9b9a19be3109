"""What the package brings along (rules, seed, an example), and where files are looked for when no setting says so.

A working directory with rules or a seed of its own (a checkout, or what `sandbox init` wrote) uses these, and keeps its
data beside them. Everywhere else the package's own are used, and data goes to the user's data directory.
"""

import os
import sys
from pathlib import Path

_PACKAGED = Path(__file__).parent / "packaged"
_RULES = Path("rules")
_SEED = Path("seed")
_DATA = Path(".sandbox")
# One file of each tells them from other directories of these names.
_SIGNS = {_RULES: "texts.yaml", _SEED: "institution.yaml"}


def rules_dir() -> Path:
    """Where the rule documents are."""
    return _here_or_packaged(_RULES)


def seed_dir() -> Path:
    """Where the institution, the personas and the catalogues are."""
    return _here_or_packaged(_SEED)


def data_dir() -> Path:
    """Where databases live."""
    is_project = _DATA.is_dir() or any(_is_here(name) for name in _SIGNS)
    return _DATA if is_project else _users_data() / "cooprogreso-sandbox"


def docs_dir() -> Path:
    """Where `make docs` builds the documentation, in a checkout; the package brings none along."""
    return Path(__file__).parents[1] / "build" / "docs"


def packaged() -> list[Path]:
    """The directories that the package brings along."""
    return [_PACKAGED / _RULES, _PACKAGED / _SEED]


def example() -> Path:
    """The directory of the example of front-end tests, which the package brings along."""
    return _PACKAGED / "playwright"


def _here_or_packaged(name: Path) -> Path:
    return name if _is_here(name) else _PACKAGED / name


def _is_here(name: Path) -> bool:
    return (name / _SIGNS[name]).is_file()


def _users_data() -> Path:
    """The directory for data of applications, by the custom of each system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
