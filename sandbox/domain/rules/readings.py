"""What documents held when they were last read, from one start to the next: reading their YAML takes ten times as long
as everything else that is done with rules."""

import hashlib
import json
from pathlib import Path
from typing import Any

_FORMAT = "1"
"""Another one, when what is read of the same text changes."""


class Readings:
    """The data of documents by their text, kept in a file. What it holds is checked like what was just read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _kept(path)
        self._used: dict[str, Any] = {}

    def of(self, text: str) -> Any:
        """What the document held, or None when it was not read before."""
        return self._known.get(_print(text))

    def note(self, text: str, data: Any) -> None:
        """The document is in use, and holds `data`."""
        try:
            json.dumps(data)
        except TypeError:
            return  # YAML has values that JSON has not, such as dates
        self._used[_print(text)] = data

    def save(self) -> None:
        """Keep what is in use. Raises OSError."""
        if self._used != self._known:
            whole = self._path.with_suffix(".new")
            whole.write_text(json.dumps(self._used, ensure_ascii=False), encoding="utf-8")
            whole.replace(self._path)


def _kept(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):  # none yet, or no file of ours: then all documents are read
        return {}
    return kept if isinstance(kept, dict) else {}


def _print(text: str) -> str:
    return hashlib.sha256(f"{_FORMAT}\0{text}".encode(errors="surrogatepass")).hexdigest()
