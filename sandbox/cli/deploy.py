"""Configuration for several processes behind HAProxy: each sandbox belongs to one of them, by its name."""

from pathlib import Path
from typing import Annotated

import typer

from sandbox.kernel.shards import FAMILY

_MOST = 64
_FIRST_PORT = 8001

_PROXY = """\
# Many sandboxes over {count} processes, written by `sandbox deploy --processes {count}`; see docs/explanation/scale.md.
#
# A sandbox belongs to the process CRC-32(NAME) modulo {count}, counted from 1, where NAME ends before the first
# "{family}". A process computes the same (SANDBOX_SHARD) and refuses what is not its own, so no sandbox ever exists
# twice.
global
    # What processor time is spent on is the bank: one thread serves about four processes.
    nbthread {threads}
    # The largest body that a process takes (SANDBOX_MAX_BODY_BYTES, 256 KiB), its head (64 KiB) and what HAProxy adds:
    # the name of a new sandbox may stand at the end of its body.
    tune.bufsize 393216
    fd-hard-limit 20000
    log stdout format raw local0 notice

defaults
    mode http
    log global
    timeout connect 2s
    # As SANDBOX_REQUEST_SECONDS, and as long as a process keeps connections.
    timeout http-request 20s
    timeout http-keep-alive 75s
    # Streams send a sign of life every 15 seconds; waiting for a message takes 60 at most.
    timeout client 90s
    timeout server 90s
    # A process that is down is said to be down at once, and its requests go to no other.
    retries 0
    no option redispatch
    option httpchk
    http-check send meth GET uri /_sandbox/health ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    # One that is busy, or waits for the processor, answers late: it is not down. One that is down takes no connection.
    timeout check 10s
    default-server check inter 500ms fall 2 rise 1 resolvers compose init-addr last,libc,none
    unique-id-format proxy-%[uuid()]
{errors}

# Names of a compose file; addresses are not looked up.
resolvers compose
    nameserver docker 127.0.0.11:53
    hold valid 5s

frontend sandboxes
    bind "${{BIND-127.0.0.1:8000}}"

    # The path without the prefix /s/NAME, decoded as a process decodes it.
    http-request set-var(txn.path) path,url_dec
    http-request set-var(txn.rest) var(txn.path)
    http-request set-var(txn.rest) var(txn.path),regsub(^/s/[^/]*,) if {{ var(txn.path) -m beg /s/ }}
    acl is_sandboxes var(txn.rest) -m str /_sandbox/sandboxes
    acl is_one_of_them var(txn.rest) -m reg ^/_sandbox/sandboxes/[^/]+(/undelete)?$

    # The sandbox: the one to be created, looked up or (un)deleted; else that of the path; else that of X-Sandbox.
    http-request set-var(txn.name) str(default)
    http-request set-var(txn.name) req.fhdr(X-Sandbox) if {{ req.fhdr(X-Sandbox),length gt 0 }}
    http-request set-var(txn.name) var(txn.path),field(3,/) if {{ var(txn.path) -m beg /s/ }}
    http-request set-var(txn.name) var(txn.rest),field(4,/) if is_one_of_them
    http-request wait-for-body time 20s if METH_POST is_sandboxes
    http-request set-var(txn.name) req.body,json_query('$.name') if METH_POST is_sandboxes
    http-request set-var(txn.name) str(default) if {{ var(txn.name),length eq 0 }}
    http-request set-var(txn.shard) var(txn.name),regsub({family}.*,),crc32,mod({count}),add(1)

    # What is of a process and of no sandbox: X-Sandbox-Shard chooses the process.
    acl is_of_a_process var(txn.rest) -m str /_sandbox/sandboxes /_sandbox/health /metrics
    acl has_shard req.fhdr(X-Sandbox-Shard),add(0) 1:{count}
    http-request set-var(txn.shard) req.fhdr(X-Sandbox-Shard),add(0) if is_of_a_process has_shard !METH_POST

    use_backend process-%[var(txn.shard)]
{backends}"""

_ERROR = """\
    http-error status {status} content-type application/problem+json hdr X-Request-Id %ID{hint} lf-string \
'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}","instance":"%[path,json(utf8s)]",\
"code":"{code}","request_id":"%ID"{retry}}}'"""

_ERRORS = (
    (408, "request_timeout", "La petición tardó demasiado", "La petición no llegó completa a tiempo.", ""),
    (502, "process_failed", "Respuesta interrumpida", "El proceso del sandbox terminó antes de responder.", ""),
    (503, "process_down", "Proceso no disponible", "El proceso del sandbox no responde; intenta de nuevo.", "1"),
    (504, "process_slow", "Sin respuesta", "El proceso del sandbox no respondió a tiempo.", ""),
)

_BACKEND = """
backend process-{number}
    server process-{number} "${{PROCESS_{number}-127.0.0.1:{port}}}"
"""

_COMPOSE = """\
# {count} processes and the proxy, written by `sandbox deploy --processes {count}`; see docs/explanation/scale.md.
#
#   docker build -t cooprogreso-sandbox .
#   SANDBOX_CONTROL_TOKEN=$(openssl rand -hex 16) docker compose -f deploy/compose.yaml up
name: cooprogreso
x-process: &process
  image: ${{IMAGE:-cooprogreso-sandbox}}
  restart: unless-stopped
  healthcheck:
    test: [CMD, python, -c, "import socket; socket.create_connection(('127.0.0.1', 8000), 2)"]
    interval: 2s
    retries: 60
x-settings: &settings
  SANDBOX_CONTROL_TOKEN: "${{SANDBOX_CONTROL_TOKEN:?at least 16 characters}}"
  SANDBOX_ALLOWED_HOSTS: "${{SANDBOX_ALLOWED_HOSTS:-}}"
  SANDBOX_MEMBERS: "${{SANDBOX_MEMBERS:-1000}}"
  SANDBOX_IDLE_SECONDS: "${{SANDBOX_IDLE_SECONDS:-0}}"
services:
  proxy:
    image: haproxy:2.6
    restart: unless-stopped
    ports: ["${{LISTEN:-127.0.0.1:8000}}:8000"]
    volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
    environment:
      BIND: ":8000"
{addresses}
    depends_on:
{awaited}
{processes}
volumes:
{volumes}
"""

_PROCESS = """\
  process-{number}:
    <<: *process
    environment: {{<<: *settings, SANDBOX_SHARD: {number}/{count}}}
    volumes: ["process-{number}:/data"]"""


def deploy(
    processes: Annotated[int, typer.Option(min=1, max=_MOST, help="How many processes share the sandboxes out.")] = 2,
    directory: Annotated[Path, typer.Option(help="Where the files go; those of a former run are replaced.")] = Path(
        "deploy"
    ),
) -> None:
    """Write haproxy.cfg and compose.yaml for several processes, each with sandboxes of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in (("haproxy.cfg", proxy(processes)), ("compose.yaml", compose(processes))):
        (directory / name).write_text(text, encoding="utf-8")
        typer.echo(directory / name)


def proxy(count: int) -> str:
    """HAProxy's configuration for so many processes on ports of this machine, from 8001 on. Variables change where it
    listens (`BIND`) and where the processes are (`PROCESS_1`, …)."""
    backends = [_BACKEND.format(number=number, port=_FIRST_PORT - 1 + number) for number in _numbers(count)]
    return _PROXY.format(
        count=count,
        family=FAMILY,
        threads=-(-count // 4),
        errors="\n".join(_error(*error) for error in _ERRORS),
        backends="".join(backends),
    )


def compose(count: int) -> str:
    """The compose file for so many processes and the proxy."""
    return _COMPOSE.format(
        count=count,
        addresses="\n".join(f"      PROCESS_{number}: process-{number}:8000" for number in _numbers(count)),
        awaited="\n".join(f"      process-{number}: {{condition: service_healthy}}" for number in _numbers(count)),
        processes="\n".join(_PROCESS.format(number=number, count=count) for number in _numbers(count)),
        volumes="\n".join(f"  process-{number}: {{}}" for number in _numbers(count)),
    )


def _error(status: int, code: str, title: str, detail: str, seconds: str) -> str:
    hint, retry = (f" hdr Retry-After {seconds}", f',"retry_after":{seconds}') if seconds else ("", "")
    return _ERROR.format(status=status, code=code, title=title, detail=detail, hint=hint, retry=retry)


def _numbers(count: int) -> range:
    return range(1, count + 1)
