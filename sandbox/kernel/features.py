"""What PostgreSQL has, and another engine that speaks its protocol may lack."""

from typing import Literal, cast, get_args

Feature = Literal["template", "strategy", "freeze", "force", "size", "commit"]
"""`template`: databases are copied by CREATE DATABASE … TEMPLATE, else table by table; `strategy`: with STRATEGY
wal_log. `freeze`: COPY … WITH (FREEZE). `force`: DROP DATABASE … WITH (FORCE). `size`: pg_database_size, else a
database takes 0 bytes. `commit`: the setting synchronous_commit, else the server decides what a COMMIT waits for."""

FEATURES: tuple[Feature, ...] = get_args(Feature)


def chosen(text: str) -> frozenset[Feature]:
    """The features that a comma-separated text names. Raises ValueError for one that there is not."""
    names = frozenset(filter(None, map(str.strip, text.split(","))))
    unknown = names.difference(FEATURES)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: there are {', '.join(FEATURES)}")
    return cast(frozenset[Feature], names)
