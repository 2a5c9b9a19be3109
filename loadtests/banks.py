"""A bank of a scenario's own: where its clock may run and its rules be others without disturbing others."""

import io
from dataclasses import dataclass, field
from typing import Any

from requests import RequestException
from ruamel.yaml import YAML

from loadtests.control import ControlPlane, ControlRefused
from loadtests.wire import Json

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
        """Make it on the server, out of the control plane's sandbox as that stands; its clock stands still. Raises
        ControlRefused."""
        rules = {
            document: changed(control.text(f"/_sandbox/rules/{document}"), settings)
            for document, settings in self.settings.items()
        }
        body: Json = {"name": name, "from": control.sandbox, "rules": rules, "clock": {"rate": 0}}
        control.post("/sandboxes", body)


class OwnBanks:
    """The banks that the scenarios of a run want for themselves, by name, on a server."""

    def __init__(self, control: ControlPlane, wanted: dict[str, OwnBank]) -> None:
        self._control = control
        self._wanted = wanted

    def open(self) -> None:
        """Make them; their clocks stand. Raises ControlRefused, RequestException."""
        for name, bank in self._wanted.items():
            bank.open(self._control, name)

    def start_clocks(self, seconds: float) -> None:
        """From now on time passes in them. Raises ControlRefused, RequestException."""
        for name, bank in self._wanted.items():
            self._control.beside(name).put("/clock", {"rate": bank.rate(seconds)})

    def stop_clocks(self) -> None:
        """What is found in them is of one moment. Raises ControlRefused, RequestException."""
        for name in self._wanted:
            self._control.beside(name).put("/clock", {"rate": 0})

    def close(self) -> list[str]:
        """Remove them; the names of those that could not be."""
        left = []
        for name in self._wanted:
            try:
                self._control.delete(f"/sandboxes/{name}")
            except (RequestException, ControlRefused):
                left.append(name)
        return left

    @property
    def names(self) -> list[str]:
        """What they are called."""
        return list(self._wanted)


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
