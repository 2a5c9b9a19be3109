"""Values as frames of a byte stream: four bytes that say how long a value is, and the pickled value.

Pickle runs what the writer of a frame has it run. Frames come from processes that this program forked, over a socket in
a directory which only its user may enter.
"""

import pickle
import struct
from collections.abc import Iterator

LARGEST = 512 * 1024 * 1024
"""Bytes of a frame: well above the recording of a sandbox together with its journal."""
_LENGTH = struct.Struct(">I")


class BrokenStream(Exception):
    """What arrived is no frame."""


def packed(value: object) -> bytes:
    """A value as a frame. Raises ValueError for one that is too large."""
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    if len(content) > LARGEST:
        raise ValueError(f"a frame of {len(content)} bytes is too large")
    return _LENGTH.pack(len(content)) + content


class Frames:
    """Takes a stream apart as it arrives."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._arrived = bytearray()

    def feed(self, data: bytes) -> Iterator[object]:
        """The values that are complete with `data`. Raises BrokenStream; the stream is of no use from then on."""
        self._arrived += data
        while len(self._arrived) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._arrived)
            if length > self._largest:
                raise BrokenStream(f"a frame of {length} bytes is too large")
            end = _LENGTH.size + length
            if len(self._arrived) < end:
                return
            content = bytes(self._arrived[_LENGTH.size : end])
            del self._arrived[:end]
            yield _unpacked(content)


def _unpacked(content: bytes) -> object:
    try:
        return pickle.loads(content)  # noqa: S301  # written by a process of this server, see above
    except Exception as error:  # noqa: BLE001  # unpickling garbage raises anything
        raise BrokenStream(f"a frame cannot be read: {type(error).__name__}") from None
