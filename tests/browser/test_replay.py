"""A recording is made and replayed in the page, which names what differs as the command line does."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox
from tests.answers import Json
from tests.browser.conftest import Console
from tests.functional.commands import command
from tests.functional.processes import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def record(page: "Page", live: Sandbox, file: Path) -> list[Json]:
    """Record a transfer by the page into a file; gives its lines."""
    page.get_by_role("button", name="Empezar a grabar").click()
    page.locator("dialog button.danger").click()
    page.wait_for_selector(".badge.record")
    phone = live.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Descargar la grabación").click()
    saved.value.save_as(file)
    page.get_by_role("button", name="Dejar de grabar").click()
    page.locator("dialog button.danger").click()
    page.wait_for_selector(".badge.record", state="detached")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def replayed(page: "Page", lines: list[Json], file: Path) -> str:
    """What the page says of a recording."""
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    page.evaluate("document.querySelector('.verdict')?.classList.add('earlier')")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Repetir una grabación…").click()
    chosen.value.set_files(file)
    page.wait_for_selector("[role=status] .verdict:not(.earlier)")
    return page.locator("[role=status]:has(.verdict)").inner_text()


def test_a_replay_names_the_first_difference_and_the_command_line_the_same(
    console: Console, live: Sandbox, served: Server, tmp_path: Path
) -> None:
    page = console.open("sandboxes")
    file = tmp_path / "walk.jsonl"
    lines = record(page, live, file)
    at = next(place for place, line in enumerate(lines) if line.get("operation_id") == "confirmChallenge")

    def changed(change: Callable[[Json], object]) -> list[Json]:
        other = copy.deepcopy(lines)
        change(other[at])
        return other

    def header(line: Json, name: str) -> None:
        line["answer"]["headers"] = [
            [key, "other" if key == name else value] for key, value in line["answer"]["headers"]
        ]

    assert "respondieron lo mismo" in replayed(page, lines, file)
    for what, said, change in (
        ("status", "otro estado", lambda line: line["answer"].update(status=201)),
        (
            "body",
            "otro cuerpo",
            lambda line: line["answer"].update(body=line["answer"]["body"].replace("5.00", "5.01")),
        ),
        ("headers", "otra cabecera", lambda line: header(line, "content-language")),
        ("effects", "hizo otra cosa", lambda line: line["effects"].pop(0)),
    ):
        told = replayed(page, changed(change), file)
        assert said in told
        assert f"Pedido {at} de {len(lines) - 1}: confirmChallenge" in told
        ended = command("replay", str(file), "--json", env={"SANDBOX_URL": f"http://{served.url}"})
        difference = json.loads(ended.stdout)["difference"]
        assert (difference["number"], difference["what"]) == (at, what)
    page.get_by_role("link", name="Ver el pedido en replay-console").click()
    page.wait_for_selector("sb-traffic .detail h2:has-text('confirmChallenge')")
    console.go(page, "sandboxes")
    file.write_text("no recording", encoding="utf-8")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Repetir una grabación…").click()
    chosen.value.set_files(file)
    page.wait_for_selector("dialog p:has-text('no es una grabación')")
    page.keyboard.press("Enter")
    live.connection.client.delete("/_sandbox/sandboxes/replay-console?permanent=true").raise_for_status()
