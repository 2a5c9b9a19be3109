"""Rule documents on the country itself: its calendar and its identity documents."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from sandbox.domain.calendars import BusinessDays, Shifts
from sandbox.domain.identity import Documents
from sandbox.domain.rules.documents import Document, Part

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# As the `holidays` package calls them.
Holiday = Literal[
    "Año Nuevo", "Carnaval", "Viernes Santo", "Día del Trabajo", "Batalla de Pichincha",
    "Primer Grito de Independencia", "Independencia de Guayaquil", "Día de Difuntos", "Independencia de Cuenca",
    "Navidad",
]  # fmt: skip
Moves = dict[Weekday, Annotated[int, Field(ge=-6, le=6)]]


def _by_number(moves: Moves) -> Shifts:
    return {_WEEKDAYS.index(weekday): days for weekday, days in moves.items()}


class CalendarSettings(Part):
    """From which year on holidays move."""

    since: Annotated[int, Field(ge=1900, le=2200)]


class CalendarException(Part):
    """Holidays, by their Spanish names, that move otherwise than the others."""

    holidays: list[Holiday] = Field(min_length=1)
    shifts: Moves


class Calendar(Document):
    """On which days money is settled."""

    kind = "calendar"
    document: Literal["calendar"]
    settings: CalendarSettings
    shifts: Moves
    exceptions: list[CalendarException] = Field(default_factory=list)
    _business_days: BusinessDays = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        exceptions: dict[str, Shifts] = {}
        for each in self.exceptions:
            for name in each.holidays:
                if name in exceptions:
                    raise ValueError(f"two exceptions for {name}")
                exceptions[name] = _by_number(each.shifts)
        self._business_days = BusinessDays(_by_number(self.shifts), exceptions, self.settings.since)

    @property
    def business_days(self) -> BusinessDays:
        """The business days of every year."""
        return self._business_days


class Length(Part):
    """The fewest and the most characters."""

    minimum: Annotated[int, Field(ge=1, le=20)]
    maximum: Annotated[int, Field(ge=1, le=20)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("the minimum is greater than the maximum")
        return self


class IdentitySettings(Part):
    """What identity documents must look like, where banks differ."""

    company_check_digits: Literal["required", "optional"]
    passport_length: Length


class Identity(Document):
    """Which identity documents are well formed."""

    kind = "identity"
    document: Literal["identity"]
    settings: IdentitySettings
    _documents: Documents = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        length = self.settings.passport_length
        self._documents = Documents(self.settings.company_check_digits, length.minimum, length.maximum)

    @property
    def documents(self) -> Documents:
        """What tells whether a document is well formed."""
        return self._documents
