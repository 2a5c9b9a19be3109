"""Due work is looked for only when it may have come, and never late for it."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.bank.jobs import service as jobs
from sandbox.bank.jobs.service import Lookout
from sandbox.kernel.clock import SECOND, Micros
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.testing import Phone
from sandbox.testing import Sandbox as Bank
from tests.bank.life.living import HUNDRED, alone, only
from tests.transport import registry_of

EVERY_DAY = (
    'what: withdrawal, when: {per_month: {quiet: "30.00", typical: "30.00", busy: "30.00"}, from: "00:00", to: "23:59"}, '
    f"{HUNDRED}, labels: [Cajero]"
)


class Story:
    """A bank, what happens to it by chance, and the lookout that goes with it."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self._bank = bank
        self._chance = random.Random(seed)
        self._portal: Any = bank.connection.client.portal  # type: ignore[attr-defined]  # that of the test client
        self.sandbox: Sandbox = registry_of(bank.connection.client).get(bank.name)
        self.lookout = Lookout()
        alone(bank)
        bank.snapshot("kept")

    def go_on(self) -> str:
        """Have something happen that brings due work, brings it nearer, or takes it away; what it was."""
        act = self._chance.choice(self.acts)
        act(self)
        return act.__name__

    def is_due(self) -> bool:
        """Whether the database, asked without memory, has work that is due."""
        return bool(self._portal.call(_due_now, self.sandbox))

    def look(self) -> None:
        """Run what is due, as the server does in its background."""
        self._portal.call(self.lookout.run_due, self.sandbox)

    def send_money(self) -> None:
        """A transfer that settles later."""
        phone = self._at_hand()
        phone.confirm(phone.transfer("1.00"))

    def forget_a_code(self) -> None:
        """A challenge that ends unanswered."""
        self._at_hand().transfer("1.00")

    def wait(self) -> None:
        """Time goes on, with what is due on the way."""
        self._bank.clock.advance(self._chance.choice(["PT1M", "PT10M", "PT6H"]))

    def freeze(self) -> None:
        self._bank.clock.freeze()

    def be_elsewhere(self) -> None:
        """Time goes on while nothing is asked."""
        self._bank.clock.set(rate=1)
        away = self._chance.choice([1, 600, 6 * 3600]) * SECOND
        source = self.sandbox.clock.source
        self.sandbox.clock.source = lambda: Micros(source() + away)

    def live(self) -> None:
        self._bank.life.set("quiet")

    def be_still(self) -> None:
        self._bank.life.set("off")

    def live_by_other_rules(self) -> None:
        only(self._bank, EVERY_DAY)

    def reset(self) -> None:
        self._bank.reset()

    def restore(self) -> None:
        self._bank.restore("kept")

    def sleep(self) -> None:
        """The database is closed and opened again."""
        self._portal.call(self.sandbox.sleep)
        self._portal.call(self.sandbox.open)

    def _at_hand(self) -> Phone:
        self._bank.clock.freeze()  # or its session would end between two requests
        return self._bank.phone("al-dia")

    acts: tuple[Callable[["Story"], None], ...] = (
        send_money, forget_a_code, forget_a_code, wait, freeze, be_elsewhere, be_elsewhere, be_elsewhere, live, be_still,
        be_still, live_by_other_rules, reset, restore, sleep, look, look, look, look, look,
    )  # fmt: skip


async def _due_now(sandbox: Sandbox) -> bool:
    now = sandbox.clock.now()
    unit = sandbox.unit("reference")
    try:
        return any(due <= now for due, _ in await jobs.upcoming(unit))
    finally:
        unit.rollback()


@pytest.fixture
def story(bank: Bank, request: pytest.FixtureRequest) -> Iterator[Story]:
    yield Story(bank, getattr(request, "param", 0))
    bank.clock.freeze()


@pytest.mark.slow
@pytest.mark.parametrize("story", range(2), indirect=True)
def test_whatever_happens_the_lookout_looks_when_something_is_due(story: Story) -> None:
    past, due, quiet = ["begun"], 0, 0
    for _ in range(80):
        past.append(story.go_on())
        if story.is_due():  # first: time goes on
            due += 1
            assert story.lookout.is_wanted(story.sandbox), past
        elif not story.lookout.is_wanted(story.sandbox):
            quiet += 1
    assert due
    assert quiet


def test_a_bank_in_which_nothing_happens_is_not_asked_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.forget_a_code()
    story.look()
    assert not story.lookout.is_wanted(story.sandbox)
    story.sandbox.store.note_change()  # by another process
    assert story.lookout.is_wanted(story.sandbox)
    story.look()
    assert not story.lookout.is_wanted(story.sandbox)
    now = story.sandbox.clock.now
    monkeypatch.setattr(type(story.sandbox.clock), "now", lambda _: now() + 10**9)
    assert story.lookout.is_wanted(story.sandbox), "a thousand seconds later"
