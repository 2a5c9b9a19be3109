"""What a handler is called with, and the route that makes it: body, unit of work, commit before the response leaves."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from sandbox.domain.redaction import HIDDEN
from sandbox.http.answers import answer
from sandbox.http.describe import codes, joined, without
from sandbox.http.texts import require_texts
from sandbox.problems import (
    CATALOGUE,
    BodyTooLarge,
    InternalError,
    NotFound,
    Problem,
    ProblemNotDeclared,
    ServiceUnavailable,
    ValidationFailed,
)
from sandbox.sandboxes.problems import SandboxDamaged
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.failures import is_damage, storage_problem
from sandbox.storage.unit import UnitOfWork

log = logging.getLogger("sandbox")
# What the app asks before anything else, and what a developer looks up: answered during maintenance, too.
_ALWAYS = frozenset({"getAppInfo", "listErrors"})


class Call(Request):
    """A request with its unit of work. Handlers name it (or a subclass) as a parameter's type and get it."""

    unit: UnitOfWork

    @property
    def sandbox(self) -> Sandbox:
        """The selected sandbox. Raises the problem that selecting it met: it does not exist, or cannot be opened."""
        sandbox: Sandbox | None = self.scope["sandbox.selected"]
        if sandbox is None:
            problem: Problem = self.scope["sandbox.problem"]
            raise problem
        return sandbox

    @property
    def sandbox_name(self) -> str:
        """The name of the selected sandbox, whether or not it exists."""
        name: str = self.scope["sandbox.name"]
        return name

    @property
    def language(self) -> str:
        """`es` or `en`, by Accept-Language."""
        language: str = self.scope["sandbox.language"]
        return language

    def key(self, prefix: str, name: str) -> int:
        """The integer behind a public id. Raises NotFound when it is none of this sandbox's."""
        number = self.unit.ids.number(prefix, name)
        if number is None:
            raise NotFound
        return number

    def key_of(self, prefix: str, name: str | None) -> int | None:
        """The same for an id that may be left out. Raises NotFound."""
        return None if name is None else self.key(prefix, name)


class UnitRoute(APIRoute):
    """A route whose handler runs in one unit of work.

    The body is read first, so that a slow client holds no transaction. A handler that returns (also a `Problem` turned
    into an answer) commits before a byte of the response leaves; one that raises rolls back.
    """

    call_class: ClassVar[type[Call]] = Call
    uses_sandbox: ClassVar[bool] = True

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.is_banks = path.startswith("/v1/")
        self.rests = self.is_banks and self.operation_id not in _ALWAYS
        if self.rests:
            self.responses = joined(self.responses, ServiceUnavailable)
        if self.body_field is None and not self.dependant.query_params and not self.dependant.path_params:
            self.responses = without(self.responses, ValidationFailed)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        call_class = self.call_class
        takes_body = self.body_field is not None

        async def handle(request: Request) -> Response:
            if request.scope["sandbox.prefer"] is not None and self.is_banks:
                return self.rehearse(request)
            call = call_class(request.scope, request.receive)
            has_body = takes_body or "content-length" in call.headers or "transfer-encoding" in call.headers
            body = await _read(call) if has_body else b""
            call._body = body  # noqa: SLF001  # where Starlette keeps a body once read, for FastAPI to find
            scope = call.scope
            scope["sandbox.body"] = body
            json_body = body if takes_body else None
            if not self.uses_sandbox:
                require_texts(call, json_body)
                return await self.answer_without(call, inner)
            sandbox = call.sandbox
            if self.rests and sandbox.rules.app.settings.maintenance:
                raise ServiceUnavailable(headers=ServiceUnavailable.sample.headers)
            unit = call.unit = UnitOfWork(sandbox, scope["sandbox.request_id"])
            try:
                response = await self.before(call, body)
                if response is None:
                    require_texts(call, json_body)
                    response = await inner(call)
                    await self.after(call, response)
                await unit.commit()
            except EXPECTED:
                raise
            except Exception as error:
                raise failure_of(error, unit.request_id, sandbox.home, sandbox) from error
            finally:
                unit.rollback()
                self.leave(call)
            if unit.warnings:
                response.headers["Warning"] = ", ".join(f'299 - "{name}"' for name in unit.warnings)
            return response

        return handle

    async def answer_without(self, call: Call, inner: Callable[[Request], Awaitable[Response]]) -> Response:
        """The answer of a route that works on sandboxes as files, in no transaction."""
        try:
            return await inner(call)
        except EXPECTED:
            raise
        except Exception as error:
            directory = call.app.state.registry.places.data_dir
            raise failure_of(error, call.scope["sandbox.request_id"], directory, None) from error

    def rehearse(self, request: Request) -> Response:
        """The problem asked for with `Prefer: problem=CODE`, as this operation would tell it; nothing happens.

        Raises ProblemNotDeclared for one that this operation never answers.
        """
        wanted: str = request.scope["sandbox.prefer"]
        possible = codes(self.responses)
        if wanted not in possible:
            raise ProblemNotDeclared(
                name=wanted if wanted in CATALOGUE else HIDDEN, extra={"possible": sorted(possible)}
            )
        sandbox: Sandbox | None = request.scope["sandbox.selected"]
        known = {} if sandbox is None else sandbox.institution.values
        response = answer(request, CATALOGUE[wanted].rehearsed(**known))
        response.headers["Preference-Applied"] = f"problem={wanted}"
        return response

    async def before(self, call: Call, body: bytes) -> Response | None:
        """What comes before the handler; a response given here stands in its place."""
        return None

    async def after(self, call: Call, response: Response) -> None:
        """What comes after the handler, still inside its transaction."""

    def leave(self, call: Call) -> None:
        """What comes last, whether the handler returned or raised."""


class FileRoute(UnitRoute):
    """A route that works on sandboxes as files: it opens none, so that it serves also for one that is damaged."""

    uses_sandbox = False


EXPECTED = (Problem, RequestValidationError, HTTPException, ClientDisconnect)
"""What a handler may raise without anything having failed."""


def failure_of(error: Exception, request_id: str, directory: Path, sandbox: Sandbox | None) -> Problem:
    """The problem to answer for an error that no handler expects: a damaged file, a disk that refuses, or a mistake."""
    if sandbox is not None and is_damage(error):
        log.error("request %s found sandbox %s damaged: %s", request_id, sandbox.name, error)
        sandbox.suspect()
        return SandboxDamaged(name=sandbox.name, reason=str(error))
    problem = storage_problem(error, directory)
    if problem is None:
        log.error("request %s failed", request_id, exc_info=error)
        return InternalError()
    log.error("request %s failed: %s (%s)", request_id, problem.code, error)
    return problem


async def _read(call: Call) -> bytes:
    maximum: int = call.scope["sandbox.max_body"]
    chunks = []
    size = 0
    async for chunk in call.stream():
        size += len(chunk)
        if size > maximum:
            raise BodyTooLarge(maximum=maximum)
        chunks.append(chunk)
    return b"".join(chunks)
