"""Every setting of the process: read once, from `SANDBOX_…` variables, and passed in."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sandbox import shipped
from sandbox.domain.life.behaviours import Level
from sandbox.kernel.features import FEATURES, chosen

# Headers that hold secrets, frame the message, or that the server itself sets or acts upon.
_TAKEN = frozenset(
    {
        "accept", "accept-language", "allow", "authorization", "cache-control", "connection", "content-disposition",
        "content-language", "content-length", "content-type", "cookie", "date", "host", "idempotency-key",
        "idempotency-replayed", "location", "origin", "prefer", "preference-applied", "proxy-authorization",
        "ratelimit", "ratelimit-policy", "retry-after", "server", "set-cookie", "transfer-encoding", "upgrade", "vary",
        "warning", "www-authenticate", "x-app-version", "x-request-id", "x-sandbox",
    }
)  # fmt: skip


class Settings(BaseSettings):
    """What can be set from outside. The descriptions of the fields are the reference of `make docs`."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", frozen=True, extra="ignore")

    host: str = Field(
        "127.0.0.1", description="Address to listen on. Any but a loopback one needs SANDBOX_CONTROL_TOKEN."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 for any.")
    data_dir: Path = Field(
        default_factory=shipped.data_dir, description="Where databases live: golden ones, and a folder a sandbox."
    )
    rules_dir: Path = Field(
        default_factory=shipped.rules_dir, description="The rule documents; watched, and reloaded when they change."
    )
    seed_dir: Path = Field(default_factory=shipped.seed_dir, description="The institution, personas and catalogues.")
    docs_dir: Path = Field(
        default_factory=shipped.docs_dir, description="The built documentation, served at /_sandbox/docs (`make docs`)."
    )
    members: int = Field(1000, ge=0, le=1_000_000, description="How many members the golden database is seeded with.")
    seed: str = Field("cooprogreso", min_length=1, max_length=200, description="Same seed, same bank to the byte.")
    clock_start: str = Field(
        "2026-11-23T09:15:00-05:00", description="The moment at which a fresh sandbox's clock starts."
    )
    life: Level | None = Field(
        None,
        description="How lively the members of the default sandbox are: off, quiet, typical or busy; without it, as it "
        "was left, and off at first.",
    )
    auto_create: bool = Field(
        default=False, description="Make an unknown sandbox on first use, from the golden database."
    )
    dev_sessions: bool = Field(
        default=False,
        description="Developer mode: sessions outlive idling, clock jumps and a reset. Nothing can be recorded.",
    )
    shard: str = Field(
        "1/1",
        description="Which of how many processes behind a proxy this one is, such as 2/3: sandboxes are shared out "
        "by name (`sandbox deploy`).",
    )
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="How many processes answer at the one port; more than one needs SANDBOX_DATABASE_URL.",
    )
    worker_seconds: float = Field(
        30,
        ge=1,
        description="After how many seconds without a sign of life a worker is taken to hang: it is ended, and another "
        "one started in its place.",
    )
    database_url: str = Field(
        "",
        pattern=r"^(postgres(ql)?://.*)?$",
        description="Where sandboxes live, where not in files: a PostgreSQL server, as in "
        "postgresql://user@host/postgres. Needs the extra postgres.",
    )
    database_connections: int = Field(
        4, ge=1, le=64, description="How many connections a sandbox has to the PostgreSQL server at most."
    )
    database_idle_seconds: float = Field(
        5, ge=0, description="After how many seconds without a request such a connection is closed."
    )
    database_spares: int = Field(
        2, ge=0, le=64, description="How many copies of a bank the PostgreSQL server holds ready for new sandboxes."
    )
    database_durable: bool = Field(
        default=False, description="Have each commit on the PostgreSQL server wait for its disk."
    )
    database_temporary: bool = Field(
        default=False,
        description="Drop its databases from the PostgreSQL server when it stops: for a data directory that goes, too.",
    )
    database_features: str = Field(
        ",".join(FEATURES),
        description="Which features are used that an engine with PostgreSQL's protocol may lack (comma-separated): "
        "template and strategy copy databases on the server (CREATE DATABASE … TEMPLATE … STRATEGY), freeze loads them "
        "(COPY … FREEZE), force drops them (DROP DATABASE … FORCE), size tells their bytes (pg_database_size), commit "
        "sets synchronous_commit. Empty: none.",
    )
    max_sandboxes: int = Field(10_000, ge=1, le=1_000_000, description="How many sandboxes there may be.")
    max_open_sandboxes: int = Field(
        64, ge=1, le=10_000, description="How many of them have their database open at a time; the others sleep."
    )
    idle_seconds: float = Field(
        0,
        ge=0,
        description="Remove sandboxes, except the default one, that are idle for this many seconds; 0: never.",
    )
    deleted_bytes: int = Field(
        256 * 1024 * 1024,
        ge=0,
        description="How many bytes of deleted sandboxes are kept, so that they can be undeleted; 0: none.",
    )
    deleted_seconds: float = Field(
        3600, ge=0, le=31_536_000, description="How long a deleted sandbox can be undeleted, in seconds."
    )
    max_import_bytes: int = Field(1_073_741_824, ge=1024, description="The largest database taken by /_sandbox/import.")
    control_token: str | None = Field(
        None,
        min_length=16,
        description="What /_sandbox and /metrics ask for, as Authorization: Bearer, when it is set.",
    )
    allowed_hosts: str = Field(
        "", description="Host names, besides loopback ones, under which the control plane answers (comma-separated)."
    )
    control_origins: str = Field(
        "",
        description="Origins whose pages may call /_sandbox with the control token, besides its own (comma-separated). "
        "Needs SANDBOX_CONTROL_TOKEN.",
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may call /v1, besides those of this machine (comma-separated)."
    )
    cors_devices: bool = Field(
        default=False,
        description="Let pages from private network addresses (10.0.2.2, 192.168.…) and from app shells "
        "(capacitor://localhost, ionic://localhost) call /v1.",
    )
    webhook_hosts: str = Field(
        "", description="Host names, besides this machine, that webhooks may go to (comma-separated)."
    )
    webhook_retry_seconds: str = Field(
        "1,5,30,120,600",
        pattern=r"^\s*(\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*)?\s*$",
        description="How long a webhook that was not taken waits before each further try, in seconds, comma-separated.",
    )
    journal_size: int = Field(
        1000, ge=0, le=100_000, description="HTTP exchanges remembered a sandbox; 0 turns the journal off."
    )
    journal_bytes: int = Field(
        16 * 1024 * 1024,
        ge=256 * 1024,
        description="Memory that the remembered exchanges of a sandbox take at most; the oldest are dropped.",
    )
    recording_bytes: int = Field(
        64 * 1024 * 1024, ge=256 * 1024, description="Memory that the recording of a sandbox takes at most."
    )
    decision_log_size: int = Field(1000, ge=0, le=100_000, description="Rule decisions remembered a sandbox.")
    events_kept: int = Field(
        100_000, ge=1, description="Events a sandbox keeps, with their settled webhook deliveries; the oldest go."
    )
    messages_kept: int = Field(
        20_000,
        ge=1,
        description="SMS and e-mails a sandbox keeps; the oldest go, but not the code of a pending challenge.",
    )
    max_body_bytes: int = Field(262_144, ge=1024, description="The largest request body taken.")
    max_header_bytes: int = Field(
        65_536, ge=4096, description="The largest request line with headers taken, in bytes; 431 above."
    )
    request_seconds: float = Field(
        20,
        ge=1,
        description="How long a request may take to arrive (a body has a second more for each 16 KiB that came), and a "
        "client to read on; then 408, or the connection is closed.",
    )
    watch_rules: bool = Field(default=True, description="Reload rule documents when their files change.")
    log_level: str = Field(
        "info", pattern="^(critical|error|warning|info|debug)$", description="The server's log level."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="How log lines are written: text, json, or auto: text in a terminal, json elsewhere."
    )
    access_log: Literal["off", "notable", "all"] = Field(
        "notable",
        description="Which requests get a log line: off, notable (refusals, failures, slow ones, changes by the "
        "control plane) or all.",
    )
    slow_ms: float = Field(500, gt=0, description="A call of the bank that takes longer, in milliseconds, is slow.")
    correlation_header: str = Field(
        "X-Correlation-Id",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9-]{0,63})?$",
        description="The header in which clients send their own id of a request; it is echoed, logged, journalled and "
        "put on events. Empty: none.",
    )
    otel_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Where OpenTelemetry traces go: the base URL of an OTLP collector over HTTP. Needs the extra otel.",
    )

    @field_validator("database_features")
    @classmethod
    def _are_known(cls, names: str) -> str:
        chosen(names)
        return names

    @field_validator("correlation_header")
    @classmethod
    def _means_nothing_else(cls, name: str) -> str:
        if name.lower() in _TAKEN:
            raise ValueError(f"{name} has a meaning of its own; choose another header")
        return name
