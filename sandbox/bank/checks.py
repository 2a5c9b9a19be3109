"""Checks that do not depend on each other: a client is told every failing field at once, never only the first."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.problem import FieldError, Problem

_UNPROCESSABLE = 422


class Checks:
    """Collects what the checks of one request refuse.

        checks = Checks()
        with checks.of("number"):
            require_number(wanted.number)
        with checks.of("institution_id"):
            institution = await institution_called(unit, wanted.institution_id)
        checks.require()

    A check that needs what an earlier one gives comes after `require`.
    """

    __slots__ = ("_refusals",)

    def __init__(self) -> None:
        self._refusals: list[tuple[str, Problem]] = []

    @contextmanager
    def of(self, field: str, *, called: str | None = None) -> Iterator[None]:
        """Keep the problem that the check of `field` raises, if it raises one. `called` is the check's own name of the
        field, where it has another than this request."""
        try:
            yield
        except Problem as refusal:
            if called is not None:
                refusal.errors = tuple(
                    error._replace(field=field) if error.field == called else error for error in refusal.errors
                )
            self._refusals.append((field, refusal))

    def require(self) -> None:
        """Raises the first problem with a field (422), with the failing fields of all in `errors`.

        Something that does not exist (404) or stands in the way (409) is told in `errors` beside such a problem; alone
        it stays as it is.
        """
        if not self._refusals:
            return
        refusals = [refusal for _, refusal in self._refusals]
        first = next((refusal for refusal in refusals if refusal.status == _UNPROCESSABLE), None)
        if first is None:
            raise refusals[0]
        first.errors = tuple(error for field, refusal in self._refusals for error in _errors(field, refusal))
        raise first


def _errors(field: str, refusal: Problem) -> tuple[FieldError, ...]:
    return refusal.errors or (FieldError(field, refusal.code, refusal.detail),)
