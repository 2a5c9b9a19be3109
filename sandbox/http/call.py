"""What a handler is called with."""

from sandbox.http.context import RequestContext
from sandbox.problems import NotFound, SandboxNotFound
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.unit import UnitOfWork


class Call(RequestContext):
    """A request with its unit of work. Handlers name it (or a subclass) as a parameter's type and get it."""

    __slots__ = ("unit",)

    unit: UnitOfWork

    @property
    def sandbox(self) -> Sandbox:
        """The selected sandbox. Raises the problem that selecting it met: it does not exist, or cannot be opened."""
        if self.selected is None:
            raise self.problem or SandboxNotFound(name=self.sandbox_name)
        return self.selected

    def key(self, prefix: str, name: str) -> int:
        """The integer behind a public id. Raises NotFound when it is none of this sandbox's."""
        number = self.unit.ids.number(prefix, name)
        if number is None:
            raise NotFound
        return number

    def key_of(self, prefix: str, name: str | None) -> int | None:
        """The same for an id that may be left out. Raises NotFound."""
        return None if name is None else self.key(prefix, name)
