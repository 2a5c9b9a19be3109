import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.problems import SandboxNotFound
from sandbox.workers import frames
from sandbox.workers.frames import BrokenStream, Frames, packed

VALUES = st.lists(
    st.one_of(st.none(), st.integers(), st.text(), st.binary(max_size=2000), st.tuples(st.integers(), st.text())),
    max_size=5,
)


@given(VALUES, st.data())
def test_values_arrive_whole_and_in_order_however_their_stream_is_split(
    values: list[object], data: st.DataObject
) -> None:
    stream = b"".join(packed(value) for value in values)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    arriving = Frames()
    assert [value for piece in pieces for value in arriving.feed(piece)] == values


@given(st.binary(min_size=1, max_size=200))
def test_garbage_is_refused_and_nothing_else_happens(garbage: bytes) -> None:
    with pytest.raises(BrokenStream, match="cannot be read"):
        list(Frames().feed(struct.pack(">I", len(garbage) + 1) + b"\xff" + garbage))


def test_a_frame_that_is_cut_off_gives_nothing() -> None:
    assert list(Frames().feed(packed("whole")[:-1])) == []


def test_a_frame_of_the_largest_size_arrives_and_one_byte_more_is_refused_before_it_does() -> None:
    value = b"x" * 100
    size = len(packed(value)) - 4
    assert list(Frames(largest=size).feed(packed(value))) == [value]
    with pytest.raises(BrokenStream, match=f"{size} bytes is too large"):
        list(Frames(largest=size - 1).feed(packed(value)[:4]))


def test_a_value_that_no_other_end_would_take_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LARGEST", 10)
    with pytest.raises(ValueError, match="too large"):
        packed("more than ten bytes")


def test_a_problem_arrives_as_it_would_be_told() -> None:
    problem = SandboxNotFound(name="mine", headers={"Retry-After": "3"})
    (arrived,) = Frames().feed(packed(problem))
    assert type(arrived) is SandboxNotFound
    assert arrived.body("es", "req_1", "/v1/app") == problem.body("es", "req_1", "/v1/app")
    assert "«mine»" in pickle.loads(pickle.dumps(problem)).detail.es
