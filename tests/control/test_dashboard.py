"""The Grafana dashboard: of the form that Grafana takes, and about metrics that there are."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, Field

from sandbox.testing import Phone
from tests.answers import Json

DASHBOARD = Path(__file__).parents[2] / "examples" / "grafana" / "dashboard.json"
_METRIC = re.compile(r"\b((?:sandbox|process)_[a-z_]+)")
_LABELS = re.compile(r"(?:by \(|\{)([^)}]*)[)}]")
# Prometheus adds these to each sample it scrapes.
_OF_THE_SCRAPE = {"job", "instance"}


class Strict(BaseModel):
    """A part of a dashboard, as Grafana's schema 39 has it; a name that is not in it is a slip."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Datasource(Strict):
    type: Literal["prometheus"]
    uid: Literal["${datasource}"]


class Target(Strict):
    refId: str = Field(pattern="^[A-Z]$")  # noqa: N815  # Grafana's name
    expr: str = Field(min_length=1)
    legendFormat: str  # noqa: N815  # Grafana's name
    datasource: Datasource
    instant: bool = False
    format: Literal["time_series", "table"] = "time_series"


class Place(Strict):
    h: int = Field(ge=1)
    w: int = Field(ge=1, le=24)
    x: int = Field(ge=0, le=23)
    y: int = Field(ge=0)


class Defaults(Strict):
    unit: Literal["short", "reqps", "percentunit", "s", "bytes"]


class FieldConfig(Strict):
    defaults: Defaults
    overrides: list[Any] = Field(max_length=0)


class Panel(Strict):
    id: int
    type: Literal["stat", "timeseries", "table"]
    title: str = Field(min_length=1)
    description: str
    datasource: Datasource
    gridPos: Place  # noqa: N815  # Grafana's name
    fieldConfig: FieldConfig  # noqa: N815  # Grafana's name
    options: dict[str, Any]
    targets: list[Target] = Field(min_length=1)


class Variable(Strict):
    name: str
    label: str
    type: Literal["datasource", "query"]
    query: str
    refresh: Literal[1, 2]
    current: dict[str, str]
    datasource: Datasource | None = None
    multi: bool = False
    includeAll: bool = False  # noqa: N815  # Grafana's name
    allValue: str | None = None  # noqa: N815  # Grafana's name
    sort: int = 0


class Variables(Strict):
    list: list[Variable]


class Annotations(Strict):
    list: list[Any]


class Span(Strict):
    from_: str = Field(alias="from")
    to: str


class Dashboard(Strict):
    uid: str = Field(pattern="^[a-z0-9-]{1,40}$")
    title: str
    description: str
    tags: list[str]
    schemaVersion: Literal[39]  # noqa: N815  # Grafana's name
    version: int
    editable: bool
    timezone: Literal["browser"]
    refresh: str
    time: Span
    templating: Variables
    annotations: Annotations
    panels: list[Panel]


@pytest.fixture(scope="module")
def dashboard() -> Dashboard:
    return Dashboard.model_validate_json(DASHBOARD.read_text(encoding="utf-8"))


@pytest.fixture
def labels(phone: Phone, client: httpx.Client) -> dict[str, set[str]]:
    """The labels of each series that `/metrics` tells, by its name."""
    phone.call("POST", "/v1/transfers", json={})
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions(dashboard: Dashboard) -> list[str]:
    return [target.expr for panel in dashboard.panels for target in panel.targets]


def test_every_metric_and_label_it_asks_for_exists(dashboard: Dashboard, labels: dict[str, set[str]]) -> None:
    asked = [*expressions(dashboard), *(each.query for each in dashboard.templating.list if each.type == "query")]
    for expression in asked:
        names = set(_METRIC.findall(expression))
        assert names, expression
        assert names <= labels.keys(), expression
        known = set.union(*(labels[name] for name in names)) | _OF_THE_SCRAPE
        for group in _LABELS.findall(expression):
            wanted = {re.split(r"[=!]", part)[0].strip() for part in group.split(",")}
            assert wanted <= known, expression


def test_every_metric_of_the_bank_is_on_it(dashboard: Dashboard, labels: dict[str, set[str]]) -> None:
    shown = set(_METRIC.findall(" ".join(expressions(dashboard))))
    assert {name for name in labels if name.startswith("sandbox_")} <= shown | {
        name for name in labels if name.endswith("_created")
    }


def test_its_panels_have_numbers_of_their_own_and_do_not_overlap(dashboard: Dashboard) -> None:
    assert len({panel.id for panel in dashboard.panels}) == len(dashboard.panels)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard.panels:
        place = panel.gridPos
        cells = {(x, y) for x in range(place.x, place.x + place.w) for y in range(place.y, place.y + place.h)}
        assert place.x + place.w <= 24
        assert not cells & taken, panel.title
        taken |= cells


def test_its_variables_are_used(dashboard: Dashboard) -> None:
    content: Json = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = json.dumps(content["panels"])
    for variable in dashboard.templating.list:
        assert f"${variable.name}" in panels or f"${{{variable.name}}}" in panels
