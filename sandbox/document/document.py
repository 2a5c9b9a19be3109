"""The document as it is served: made when it is first asked for, so that a start does not wait for it."""

import functools
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.http.route import UnitRoute

if TYPE_CHECKING:
    from sandbox.document.examples import OpenBank

Json = dict[str, Any]
log = logging.getLogger("sandbox")


class Document:
    """The OpenAPI document of these routes, with examples of the bank that `open_bank` opens.

    The examples are kept in `directory`, by all that they depend on: the routes, and what `bank` names.
    """

    def __init__(
        self, routes: Sequence[UnitRoute], open_bank: "OpenBank", directory: Path, bank: Callable[[], str]
    ) -> None:
        self._routes = routes
        self._open_bank = open_bank
        self._directory = directory
        self._bank = bank
        self._making = threading.Lock()  # concurrent requests wait for the same document

    @property
    def content(self) -> Json:
        """The document itself. Takes seconds the first time; not to be asked for in an event loop."""
        with self._making:
            return self._content

    @functools.cached_property
    def _content(self) -> Json:
        from sandbox.document import examples
        from sandbox.document.assembly import assemble  # a start does not pay for what few starts need

        document = assemble(self._routes, version("cooprogreso-sandbox"))
        examples.add(document, self._examples(document))
        return document

    @functools.cached_property
    def encoded(self) -> bytes:
        """The same, as the bytes of an answer."""
        return json.dumps(self.content, ensure_ascii=False, separators=(",", ":")).encode()

    def _examples(self, document: Json) -> Json:
        from sandbox.document import examples

        kept = self._place(document)
        if kept.exists():
            found: Json = json.loads(kept.read_text(encoding="utf-8"))
            return found
        found = examples.collect(document, self._open_bank)
        try:
            self._keep(kept, found)
        except OSError as error:  # `getReadiness` reports a full disk; reading goes on
            log.warning("the examples of the document are not kept: %s", error)
        return found

    def _place(self, document: Json) -> Path:
        """The file of the examples, which is another one for other routes and for another bank."""
        from sandbox.document import examples

        digest = hashlib.sha256(f"{self._bank()}\0{examples.fingerprint(document)}".encode()).hexdigest()
        return self._directory / f"examples-{digest[:16]}.json"

    def _keep(self, kept: Path, found: Json) -> None:
        former = list(self._directory.glob("examples-*.json"))
        unfinished = kept.with_suffix(".unfinished")
        try:
            unfinished.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
            unfinished.replace(kept)
        finally:
            unfinished.unlink(missing_ok=True)
        for old in former:
            old.unlink(missing_ok=True)
