"""Compiled routes: FastAPI declares them and writes the OpenAPI document, and what serves them is made here.

FastAPI would parse a body twice, solve dependencies and validate the answer once more, for more than the bank's whole
work costs. A compiled route goes from bytes through pydantic's validator to the handler, and from the handler's model
to bytes. What a client may send is as strict as the declaration everywhere.
"""

import functools
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sandbox.domain.redaction import HIDDEN
from sandbox.domain.rules import RuleBook
from sandbox.http import paging, refusals
from sandbox.http.answers import JSON, Answer, refusal
from sandbox.http.call import Call
from sandbox.http.context import RequestContext
from sandbox.http.describe import joined, media_types, without
from sandbox.http.parameters import Arguments, Parameters
from sandbox.problem import CATALOGUE, FieldError, Problem, RuleReference
from sandbox.problems import InternalError, ProblemNotDeclared, ServiceUnavailable, ValidationFailed
from sandbox.sandboxes.problems import SandboxDamaged
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.errors import MOST_TRIES, Conflict, Lost
from sandbox.storage.failures import exceeds_64_bits, is_damage, storage_problem
from sandbox.surfaces import BANK

log = logging.getLogger("sandbox")
# What the app asks before anything else, and what a developer looks up: answered during maintenance, too.
_ALWAYS = frozenset({"getAppInfo", "listErrors"})
EXPECTED = (Problem, ClientDisconnect)
"""What a handler may raise without anything having failed."""


class UnitRoute(APIRoute):
    """A route whose handler runs in one unit of work.

    The body is read first, so that a slow client holds no transaction. A handler that returns (also a `Problem`, which
    is then told) commits before a byte of the answer leaves; one that raises rolls back. One in whose way stands what
    another did at the same time (`Conflict`) is called again, in a new unit: what it does besides writing to the
    database, it does `on_commit`.
    """

    call_class: ClassVar[type[Call]] = Call
    uses_sandbox: ClassVar[bool] = True
    reads_body: ClassVar[bool] = True
    strict_query: ClassVar[bool] = True
    takes_key: ClassVar[bool] = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.handler = endpoint
        self._call_name, declared = _without_call(endpoint)
        super().__init__(path, declared, **options)
        self.is_banks = path.startswith(f"{BANK}/")
        self.rests = self.is_banks and self.operation_id not in _ALWAYS
        if self.rests:
            self.responses = joined(self.responses, ServiceUnavailable)
        if self.body_field is None and not self.dependant.query_params and not self.dependant.path_params:
            self.responses = without(self.responses, ValidationFailed)
        negotiated = len(media_types(self.responses) | {JSON}) > 1
        self.vary = b"Accept, Accept-Language" if negotiated else b"Accept-Language"
        self.anywhere = self.is_banks
        """Whether every process that serves a sandbox answers its calls, not the keeper alone."""
        self._status = self.status_code or 200
        self._takes_body = self.body_field is not None

    @functools.cached_property
    def parameters(self) -> Parameters:
        """Compiled on first use, so that a start does not wait for a hundred routes."""
        return Parameters(self, strict_query=self.strict_query, is_deep=not self.is_banks)

    @functools.cached_property
    def _result(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.response_model)

    async def serve(self, call: Any) -> Answer | Response:
        """The answer to a call of this route. Raises Problem, ClientDisconnect."""
        if call.prefer is not None and self.is_banks:
            return self.rehearse(call)
        if self.reads_body and (self._takes_body or call.has_body):
            await call.read(call.server.settings.max_body_bytes)
        if not self.uses_sandbox:
            return await self._serve_without(call)
        sandbox: Sandbox = call.selected or call.sandbox
        if self.rests and sandbox.rules.app.settings.maintenance:
            raise ServiceUnavailable(headers=ServiceUnavailable.sample.headers)
        try:
            return await self._in_unit(call, sandbox)
        except Conflict as conflict:
            return await self._again(call, sandbox, conflict)

    async def _again(self, call: Any, sandbox: Sandbox, met: Conflict) -> Answer | Response:
        """The answer to a call that was undone by a conflict, or with its connection. Raises Problem also when that
        does not end."""
        tries = 1
        while True:
            sandbox.notes.counts.conflicts += not isinstance(met, Lost)
            if tries == MOST_TRIES:
                raise failure_of(met, call.request_id, sandbox.home, sandbox) from met
            try:
                return await self._in_unit(call, sandbox)
            except Conflict as conflict:
                met = conflict
                tries += 1

    async def _in_unit(self, call: Any, sandbox: Sandbox) -> Answer | Response:
        unit = call.unit = sandbox.unit(call.request_id, call.correlation_id)
        try:
            answer: Answer | Response | None = await self.before(call)
            if answer is None:
                answer = await self._handle(call)
                await self.after(call, answer)
            await unit.commit()
        except EXPECTED:
            raise
        except Conflict:
            unit.forget()
            raise
        except Exception as error:
            raise failure_of(error, unit.request_id, sandbox.home, sandbox) from error
        finally:
            unit.rollback()
            self.leave(call)
        if unit.warnings and isinstance(answer, Answer):
            told = ", ".join(f'299 - "{name}"' for name in unit.warnings)
            answer.headers.append((b"warning", told.encode("latin-1")))
        return answer

    async def _handle(self, call: Call) -> Answer | Response:
        parameters = self.parameters
        arguments = parameters.arguments(call)
        if parameters.is_paged:
            return await self._handle_page(call, arguments)
        if self._call_name is not None:
            arguments[self._call_name] = call
        return self._told(call, await self.handler(**arguments))

    async def _handle_page(self, call: Call, arguments: Arguments) -> Answer | Response:
        """With cursors that belong to the query that made them (`limit` may change)."""
        query = paging.fingerprint(self.operation_id or "", arguments)
        if self._call_name is not None:
            arguments[self._call_name] = call
        if arguments["cursor"] is not None:
            arguments["cursor"] = paging.unbound(arguments["cursor"], query)
        result = await self.handler(**arguments)
        following = getattr(result, "next_cursor", None)
        if following is not None:
            bound = paging.bound(following, query)
            if isinstance(result, paging.Rows):
                result = result._replace(next_cursor=bound)
            else:
                result = result.model_copy(update={"next_cursor": bound})
        return self._told(call, result)

    def _told(self, call: Call, result: Any) -> Answer | Response:
        if isinstance(result, BaseModel):
            return Answer(self._status, result.__pydantic_serializer__.to_json(result, by_alias=True))
        if isinstance(result, paging.Rows):
            return Answer(self._status, to_json({"items": result.items, "next_cursor": result.next_cursor}))
        if isinstance(result, (Answer, Response)):
            return result
        if isinstance(result, Problem):
            return refusal(call, result)
        if self.response_model is None:
            return Answer(self._status)
        return Answer(self._status, self._result.dump_json(self._result.validate_python(result), by_alias=True))

    async def _serve_without(self, call: Call) -> Answer | Response:
        """The answer of a route that works on sandboxes as files, in no transaction."""
        try:
            return await self._handle(call)
        except EXPECTED:
            raise
        except Exception as error:
            directory = call.server.registry.places.data_dir
            raise failure_of(error, call.request_id, directory, None) from error

    def rehearse(self, call: RequestContext) -> Answer:
        """The problem asked for with `Prefer: problem=CODE`, as this operation would tell it; nothing happens.

        Raises ProblemNotDeclared for one that this operation never answers.
        """
        wanted = call.prefer or ""
        possible = [kind.code for kind in refusals.kinds(self)]
        if wanted not in possible:
            raise ProblemNotDeclared(
                name=wanted if wanted in CATALOGUE else HIDDEN, extra={"possible": sorted(possible)}
            )
        known = {} if call.selected is None else call.selected.institution.values
        problem = CATALOGUE[wanted].rehearsed(**known)
        if call.selected is not None:
            _as_ruled(problem, call.selected.rules)
        answer = refusal(call, problem)
        answer.headers.append((b"preference-applied", f"problem={wanted}".encode()))
        return answer

    async def before(self, call: Any) -> Answer | None:
        """What comes before the handler; an answer given here stands in its place."""
        return None

    async def after(self, call: Any, answer: Answer | Response) -> None:
        """What comes after the handler, still inside its transaction."""

    def leave(self, call: Any) -> None:
        """What comes last, whether the handler returned or raised."""


class NotesRoute(UnitRoute):
    """A route that is about what was noted of the sandbox: other processes that serve it are asked first."""

    async def before(self, call: Any) -> Answer | None:
        await call.sandbox.notes.gather()
        return None


class SharedRoute(UnitRoute):
    """A route of the control plane which, where it is a GET, needs the database and news of commits alone."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.anywhere = self.methods is not None and self.methods <= {"GET", "HEAD"}


class FileRoute(UnitRoute):
    """A route that works on sandboxes as files: it opens none, so that it serves also for one that is damaged."""

    uses_sandbox = False


class ProbeRoute(FileRoute):
    """A route that monitors call, with whatever query theirs put on every address."""

    strict_query = False


class UploadRoute(FileRoute):
    """A route whose handler reads the body itself, as it arrives."""

    reads_body = False


def _without_call(endpoint: Callable[..., Any]) -> tuple[str | None, Callable[..., Any]]:
    """The name of the handler's parameter that is the call, and the handler without it, as FastAPI is to read it."""
    signature = inspect.signature(endpoint)
    calls = [
        name
        for name, parameter in signature.parameters.items()
        if isinstance(parameter.annotation, type) and issubclass(parameter.annotation, RequestContext)
    ]

    @functools.wraps(endpoint)
    async def declared(**_: Any) -> None:
        raise AssertionError(f"{endpoint.__name__} is served by its compiled route")

    kept = [parameter for name, parameter in signature.parameters.items() if name not in calls]
    declared.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # what inspect looks for
    return (calls[0] if calls else None), declared


def _as_ruled(problem: Problem, book: RuleBook) -> None:
    """Complete a rehearsed problem that a rule in force answers with: with that rule, and its field."""
    for document in book.documents.values():
        for rule in document.rules:
            if rule.code == problem.code:
                problem.rule = RuleReference(rule.id, document.revision)
                problem.errors = (FieldError(rule.field or "", rule.short_id, problem.detail),)
                return


def failure_of(error: Exception, request_id: str, directory: Path, sandbox: Sandbox | None) -> Problem:
    """The problem to answer for an error that no handler expects: a damaged file, a disk that refuses, or a mistake."""
    if sandbox is not None and (is_damage(error) or exceeds_64_bits(error)):
        log.error("request %s found sandbox %s damaged: %s", request_id, sandbox.name, error)
        if not is_damage(error):  # its file is sound, and what is not about these amounts works
            return SandboxDamaged(name=sandbox.name, reason="it holds amounts that no bank has")
        sandbox.whole.suspect()
        return SandboxDamaged(name=sandbox.name, reason=str(error))
    problem = storage_problem(error, directory)
    if problem is None:
        log.error("request %s failed", request_id, exc_info=error)
        return InternalError()
    log.error("request %s failed: %s (%s)", request_id, problem.code, error)
    return problem
