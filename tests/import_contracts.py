"""Contracts on imports that import-linter does not have itself."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel


class ChaptersContract(Contract):
    """A chapter of `package` uses another chapter by its rooms `doors` alone, and what chapters build on uses none.

    A chapter is a subpackage with a module called `declaration`. `services` are modules that are doors, too: parts of a
    chapter's service. `composition` are modules that may import everything. An exception in `ignore_imports` that
    nothing needs any more breaks the contract.
    """

    type_name = "chapters"

    package = fields.StringField()
    declaration = fields.StringField()
    # Fields give their contents to a contract, which no type tells.
    doors: Any = fields.SetField(subfield=fields.StringField())
    services: Any = fields.SetField(subfield=fields.StringField(), required=False, default=frozenset())
    composition: Any = fields.SetField(subfield=fields.StringField(), required=False, default=frozenset())
    ignore_imports: Any = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import of a room that is no door."""
        removed = contract_utils.remove_ignored_imports_and_report(graph, self.ignore_imports, AlertLevel.ERROR)
        modules = graph.find_descendants(self.package)
        unknown = sorted((set(self.services) | set(self.composition)) - modules)
        if unknown:
            raise ValueError(f"there is no module {', '.join(unknown)}")
        chapters = {
            chapter for chapter in graph.find_children(self.package) if self._declaration_of(chapter) in modules
        }
        breaches = [
            (importer, imported)
            for importer in sorted(modules - set(self.composition))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(self._chapter_of(importer, chapters), imported, chapters)
        ]
        return ContractCheck(
            kept=not breaches,
            warnings=list(removed.warnings),
            ignored_import_count=removed.ignored_import_count,
            metadata={"breaches": breaches},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that is not allowed."""
        for importer, imported in check.metadata["breaches"]:
            output.print_error(f"{importer} is not allowed to import {imported}")

    def _declaration_of(self, chapter: str) -> str:
        return f"{chapter}.{self.declaration}"

    def _chapter_of(self, module: str, chapters: set[str]) -> str | None:
        return next((chapter for chapter in chapters if f"{module}.".startswith(f"{chapter}.")), None)

    def _may_import(self, importer: str | None, imported: str, chapters: set[str]) -> bool:
        owner = self._chapter_of(imported, chapters)
        if owner is None or owner == importer:
            return True
        is_door = imported in self.services or imported.removeprefix(f"{owner}.") in self.doors
        return importer is not None and is_door
