"""Exchanges in memory: bounded in number and in bytes, however long the bodies that pass."""

import hashlib
import json
import time
import tracemalloc

import httpx2 as httpx
import pytest

from sandbox.control import redacted
from sandbox.sandboxes import journal
from sandbox.sandboxes.journal import BODY_KEPT, Exchange, Journal, Passing, Recording, Taken
from sandbox.testing import Phone, Sandbox, operations
from tests.transport import registry_of

HEADERS = [(b"host", b"bank")]
EMPTY = Exchange(
    "req_1",
    0,
    "GET",
    "/v1/errors",
    b"",
    HEADERS,
    b"",
    0,
    200,
    HEADERS,
    b"",
    0,
    None,
    10,
    "listErrors",
    None,
    None,
    None,
    0,
)


def exchange(number: int, body: bytes = b"") -> Exchange:
    return EMPTY._replace(id=f"req_{number}", response_body=body, response_size=len(body))


def names(kept: Journal) -> list[str]:
    return [each.id for each in kept]


def test_the_oldest_exchange_gives_way_in_number() -> None:
    kept = Journal(3, 1_000_000)
    for number in range(4):
        kept.add(exchange(number))
    assert names(kept) == ["req_1", "req_2", "req_3"]
    assert [each.id for each in reversed(kept)] == ["req_3", "req_2", "req_1"]


@pytest.mark.parametrize(("room", "left"), [(-1, ["req_2"]), (0, ["req_1", "req_2"]), (1, ["req_1", "req_2"])])
def test_the_oldest_exchange_gives_way_in_bytes(room: int, left: list[str]) -> None:
    kept = Journal(100, 2 * exchange(1, bytes(5000)).weight() + room)
    for number in range(3):
        kept.add(exchange(number, bytes(5000)))
    assert names(kept) == left


def test_one_long_exchange_takes_the_place_of_many() -> None:
    kept = Journal(100, 10 * EMPTY.weight())
    for number in range(10):
        kept.add(exchange(number))
    kept.add(exchange(10, bytes(5 * EMPTY.weight())))
    assert names(kept) == ["req_6", "req_7", "req_8", "req_9", "req_10"]


def test_what_is_longer_than_the_journal_is_not_kept_and_leaves_it_usable() -> None:
    kept = Journal(100, 10_000)
    kept.add(exchange(1, bytes(20_000)))
    assert names(kept) == []
    kept.add(exchange(2))
    assert names(kept) == ["req_2"]


def test_an_emptied_journal_has_all_of_its_room_again() -> None:
    kept = Journal(100, 3 * EMPTY.weight())
    for _ in range(5):
        for number in range(3):
            kept.add(exchange(number))
        assert names(kept) == ["req_0", "req_1", "req_2"]
        kept.clear()
        assert names(kept) == []


def test_long_headers_paths_and_queries_weigh_too() -> None:
    for longer in (
        EMPTY._replace(query=bytes(500)),
        EMPTY._replace(path="/" * 510),
        EMPTY._replace(request_headers=[*HEADERS, (b"x", bytes(500))]),
        EMPTY._replace(response_headers=[*HEADERS, (b"x", bytes(500))]),
        EMPTY._replace(request_body=bytes(500)),
        EMPTY._replace(response_body=bytes(500)),
    ):
        assert longer.weight() >= EMPTY.weight() + 500


@pytest.mark.parametrize("chunks", [[], [b"one"], [b"one", b"", b"two"]])
def test_a_short_body_is_kept_whole(chunks: list[bytes]) -> None:
    passing = Passing(hashed=True)
    for chunk in chunks:
        passing.take(chunk)
    assert (passing.head, passing.size, passing.digest) == (b"".join(chunks), sum(map(len, chunks)), None)


@pytest.mark.parametrize(("more", "is_cut"), [(-1, False), (0, False), (1, True)])
def test_a_body_longer_than_what_is_kept_is_told_by_head_size_and_hash(more: int, is_cut: bool) -> None:
    body = bytes(range(256)) * (BODY_KEPT // 256) + b"!"
    body = body[: BODY_KEPT + more]
    passing = Passing(hashed=True)
    for at in range(0, len(body), 1000):
        passing.take(body[at : at + 1000])
    assert passing.head == body[:BODY_KEPT]
    assert passing.size == len(body)
    assert passing.digest == (hashlib.sha256(body).hexdigest() if is_cut else None)


def test_a_body_that_passes_is_never_held_as_a_whole() -> None:
    passing = Passing(hashed=False)
    tracemalloc.start()
    try:
        for _ in range(64):
            passing.take(bytes(1024 * 1024))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert passing.size == 64 * 1024 * 1024
    assert most < 2 * 1024 * 1024


def test_a_recording_that_is_full_takes_no_more_and_says_so() -> None:
    recording = Recording(2 * EMPTY.weight() + 100)
    recording.add(exchange(1), b"")
    recording.add(exchange(2), b"")
    assert recording.is_whole
    recording.add(exchange(3, bytes(5000)), b"")
    assert not recording.is_whole
    recording.add(exchange(4), b"")
    assert [each.id for each in recording.exchanges] == ["req_1", "req_2"], "no holes"


def test_a_recording_is_cut_where_a_part_of_it_is_lost() -> None:
    recording = Recording(1_000_000)
    for number in range(1, 5):
        recording.add(exchange(number)._replace(ended=number), b"")
    recording.note_replaced()
    for moment in (3, 4):
        recording.cut(moment)
    recording.add(exchange(5)._replace(ended=2), b"")
    assert ([each.id for each in recording.exchanges], recording.is_whole) == (["req_1", "req_2"], False)
    assert (recording.full_at, recording.lost) == (3, 2)


def test_a_recording_is_bounded_in_number_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LONGEST_RECORDING", 2)
    recording = Recording(1_000_000)
    for number in range(2):
        recording.add(exchange(number), b"")
    assert recording.is_whole
    recording.add(exchange(3), b"")
    assert (len(recording.exchanges), recording.is_whole) == (2, False)


def test_a_recording_keeps_all_of_a_request() -> None:
    body = bytes(BODY_KEPT + 1)
    recording = Recording(1_000_000)
    recording.add(exchange(1)._replace(request_body=body[:BODY_KEPT], request_size=len(body)), body)
    assert recording.exchanges[0].request_body == body


def test_exports_leave_their_sizes_in_the_journal_and_no_more_than_their_heads(
    bank: Sandbox, client: httpx.Client
) -> None:
    """Two thousand movements are more than the journal keeps of a body."""
    phone = bank.phone("historia-larga")
    path = f"/accounts/{phone.accounts()[0]['id']}/movements"
    exported = phone.call("GET", f"/v1{path}", headers={"Accept": "text/csv"})
    assert len(exported.content) > 2 * BODY_KEPT
    told = bank.send(operations.list_requests(operation_id="listMovements"))["items"][0]["response"]
    assert (told["body_bytes"], told["truncated"]) == (len(exported.content), True)
    assert told["body"] == "[redacted]", "it is no JSON"
    kept = registry_of(client).get(bank.name).notes.journal
    assert max(len(each.response_body) for each in kept) == BODY_KEPT


def test_a_short_body_is_not_truncated(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json={"kind": "own"})
    told = phone.sandbox.send(operations.get_request(answer.headers["x-request-id"]))
    assert (told["request"]["body_bytes"], told["request"]["truncated"]) == (len(answer.request.content), False)
    assert (told["response"]["body_bytes"], told["response"]["truncated"]) == (len(answer.content), False)


def test_a_long_request_is_told_by_its_size(phone: Phone) -> None:
    body = b'{"kind": "' + b"x" * 100_000 + b'"}'
    answer = phone.call("POST", "/v1/transfers", content=body, headers={"Content-Type": "application/json"})
    told = phone.sandbox.send(operations.get_request(answer.headers["x-request-id"]))["request"]
    assert (told["body_bytes"], told["truncated"], told["body"]) == (len(body), True, "[redacted]")


def test_of_a_body_that_was_kept_whole_but_is_long_the_head_is_shown_as_text(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redacted, "_BODY_SHOWN", 4096)
    member = phone.sandbox.phone("historia-larga")
    answer = member.send(operations.list_movements(member.savings()[0]["id"], limit=200))
    told = phone.sandbox.send(operations.list_requests(operation_id="listMovements"))["items"][0]["response"]
    assert told["truncated"]
    assert len(told["body"]) == 4096
    assert json.dumps(answer, ensure_ascii=False).startswith(told["body"][:2000])


def taken(recording: Recording, *exchanges: Exchange, full_at: int | None = None) -> Taken:
    """What another process recorded of a recording."""
    return Taken(list(exchanges), full_at, recording.began)


def ended(number: int, seconds: float) -> Exchange:
    """An exchange that ended so long after now."""
    return exchange(number)._replace(ended=time.perf_counter_ns() + round(seconds * 1e9))


def recorded(recording: Recording) -> list[str]:
    return [each.id for each in recording.exchanges]


def test_a_recording_has_what_several_processes_recorded_in_the_order_of_its_end() -> None:
    recording = Recording(1_000_000)
    for number, seconds in ((2, 2), (5, 5)):
        recording.add(ended(number, seconds), b"")
    recording.join(
        [taken(recording, ended(1, 1), ended(4, 4)), taken(recording, ended(3, 3), ended(6, 6)), taken(recording)]
    )
    recording.add(ended(8, 8), b"")
    recording.join([taken(recording, ended(7, 7))])
    assert recorded(recording) == [f"req_{number}" for number in range(1, 9)]
    assert recording.is_whole


def test_nothing_of_a_former_recording_is_in_the_next_one() -> None:
    former, recording = Recording(1_000_000), Recording(1_000_000)
    recording.join([taken(former, ended(1, 1)), taken(recording, ended(2, 2)), Taken([], None, None)])
    assert recorded(recording) == ["req_2"]


def test_a_former_recording_that_was_full_does_not_end_the_next_one() -> None:
    former, recording = Recording(1_000_000), Recording(1_000_000)
    recording.join([taken(former, full_at=former.began + 1)])
    recording.join([taken(recording, ended(1, 1))])
    assert (recorded(recording), recording.is_whole) == (["req_1"], True)


def test_a_process_tells_of_which_recording_it_gives_a_part() -> None:
    recording = Recording(1_000_000)
    part = Recording(1_000_000, began=recording.began)
    part.add(ended(1, 1), b"")
    recording.join([part.take()])
    assert recorded(recording) == ["req_1"]


def test_what_another_process_recorded_of_another_database_stays_before_it() -> None:
    recording = Recording(1_000_000)
    recording.add(ended(2, 2), b"")
    recording.note_replaced()
    recording.join([taken(recording, ended(1, 1))])
    assert (recorded(recording), recording.lost) == (["req_2", "req_1"], 1)


@pytest.mark.parametrize(("room", "names_kept"), [(3, "123"), (2, "12"), (0, "")])
def test_a_recording_that_is_full_has_no_holes_whichever_process_recorded(room: int, names_kept: str) -> None:
    weight = ended(1, 1).weight()
    recording = Recording(room * weight)
    for number in (3, 4):
        recording.add(ended(number, number), b"")
    recording.join([taken(recording, ended(1, 1), ended(2, 2))])
    assert recorded(recording) == [f"req_{number}" for number in names_kept]
    assert not recording.is_whole
    recording.join([taken(recording, ended(0, 0.5), ended(9, 9))])
    assert not recording.is_whole
    assert "req_9" not in recorded(recording)
    assert sum(each.weight() for each in recording.exchanges) <= room * weight


def test_a_recording_ends_where_another_process_had_no_room() -> None:
    recording = Recording(1_000_000)
    for number in (1, 3):
        recording.add(ended(number, number), b"")
    recording.join([taken(recording, full_at=ended(2, 2).ended)])
    assert (recorded(recording), recording.is_whole) == (["req_1"], False)


def test_what_was_taken_leaves_its_room() -> None:
    recording = Recording(2 * ended(1, 1).weight())
    for _ in range(3):
        for number in (1, 2):
            recording.add(ended(number, number), b"")
        assert [each.id for each in recording.take().exchanges] == ["req_1", "req_2"]
    assert recording.is_whole


def test_a_journal_that_is_taken_tells_what_found_no_room() -> None:
    kept = Journal(2, 1_000_000)
    for number in range(5):
        kept.add(exchange(number))
    dropped, exchanges = kept.take()
    assert (dropped, [each.id for each in exchanges]) == (3, ["req_3", "req_4"])
    kept.add(exchange(5))
    assert kept.take() == (0, [exchange(5)])
    whole = Journal(10, 1_000_000)
    whole.add(exchange(0))
    whole.skip(dropped)
    for each in exchanges:
        whole.add(each)
    assert [(place, each.id) for place, each in whole.behind(0)] == [(5, "req_3"), (6, "req_4")]
