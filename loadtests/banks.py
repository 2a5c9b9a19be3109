"""A bank of a scenario's own: where its clock may run and its rules be others without disturbing anybody."""

import io
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML

from loadtests.control import ControlPlane, Json

DAY_SECONDS = 86_400
FASTEST = 100_000
_A_YEAR = 366 * DAY_SECONDS
PATIENT: dict[str, dict[str, Any]] = {
    "otp": {"life_seconds": _A_YEAR},
    "sessions": {"idle_seconds": _A_YEAR, "absolute_seconds": _A_YEAR},
}
"""Settings under which neither a code nor a session ends while days fly by."""


@dataclass(frozen=True)
class OwnBank:
    """How it differs: its clock's `speed` (1: as our time), or how many of its `days` pass during the run; and
    `settings` of rule documents."""

    speed: float = 1
    days: float | None = None
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def rate(self, seconds: float) -> float:
        """How fast its clock runs in a run of so many seconds."""
        return self.speed if self.days is None else min(self.days * DAY_SECONDS / seconds, FASTEST)

    def open(self, control: ControlPlane, name: str) -> None:
        """Make it on the server, from the golden seed; its clock stands. Raises ControlRefused."""
        rules = {
            document: changed(control.text(f"/_sandbox/rules/{document}"), settings)
            for document, settings in self.settings.items()
        }
        body: Json = {"name": name, "rules": rules, "clock": {"rate": 0}}
        control.post("/sandboxes", body)


def changed(document: str, settings: dict[str, Any]) -> str:
    """A rule document (YAML) with some of its settings changed. Raises KeyError for a setting it has not."""
    yaml = YAML()
    content = yaml.load(document)
    for name, value in settings.items():
        if name not in content["settings"]:
            raise KeyError(name)
        content["settings"][name] = value
    written = io.StringIO()
    yaml.dump(content, written)
    return written.getvalue()
