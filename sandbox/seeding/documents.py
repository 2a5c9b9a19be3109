"""Reading a file of the seed: YAML that fits a model, or every mistake in it with its file and line."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sandbox.domain.rules.bounds import Mistake
from sandbox.domain.rules.errors import RuleError, at
from sandbox.domain.rules.reading import Source, read_trusted

Shape = TypeVar("Shape", bound=BaseModel)


class SeedInvalid(Exception):
    """A seed that does not hold; the message lists every mistake found with file, line and column."""

    def __init__(self, *errors: RuleError) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def read(path: Path, shape: type[Shape]) -> tuple[Shape, Source]:
    """The document of a file, and where its values stand. Raises SeedInvalid."""
    try:
        source = Source(str(path), path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedInvalid(at(path, (), Mistake(f"cannot be read: {error.strerror}"))) from None
    except UnicodeDecodeError as error:
        raise SeedInvalid(at(path, (), Mistake(f"is not UTF-8: {error.reason}"))) from None
    errors: list[RuleError] = []
    data = read_trusted(source, errors)
    if errors:
        raise SeedInvalid(*errors)
    try:
        return shape.model_validate(data), source
    except ValidationError as invalid:
        raise SeedInvalid(
            *(source.error(each["loc"], each["msg"].removeprefix("Value error, ")) for each in invalid.errors())
        ) from None
