"""How much there may be: of sandboxes, and of what each keeps in memory."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many sandboxes there may be, how many of them open, after how many idle seconds one is removed (0: never),
    how many bytes the log of one may have, and how many bytes of deleted ones are kept for how many seconds."""

    sandboxes: int = 10_000
    awake: int = 64
    idle_seconds: float = 0
    log_bytes: int = 8 * MEBIBYTE
    deleted_bytes: int = 256 * MEBIBYTE
    deleted_seconds: float = 3600


@dataclass(frozen=True, slots=True)
class RingSizes:
    """How much the records in memory keep a sandbox: exchanges, decisions, and bytes of exchanges and recording."""

    journal: int = 1000
    decisions: int = 1000
    journal_bytes: int = 16 * MEBIBYTE
    recording_bytes: int = 64 * MEBIBYTE
