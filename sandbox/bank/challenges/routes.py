"""Challenges over HTTP."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union

from fastapi import APIRouter
from pydantic import BaseModel, Field, create_model

from sandbox.bank.challenges import operations, service
from sandbox.bank.challenges.problems import (
    ChallengeCancelled,
    ChallengeConfirmed,
    ChallengeExpired,
    ChallengeLocked,
    CodeLimitReached,
    GuessLimitReached,
    ResendLimitReached,
    ResendTooSoon,
    WrongCode,
)
from sandbox.bank.challenges.schemas import ChallengeView, CodeEntered
from sandbox.bank.members.route import VisitorCall, visitor_router
from sandbox.bank.wire import View
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.problem import Problem
from sandbox.problems import NotFound

_OWN: tuple[type[Problem], ...] = (NotFound, *MEMBER_PROBLEMS)
_STATE: tuple[type[Problem], ...] = (ChallengeExpired, ChallengeCancelled, ChallengeConfirmed, ChallengeLocked)


def make_router(authorised: Sequence[operations.Operation]) -> APIRouter:
    """The routes: what a confirmation answers is the union of what the operations of all chapters become."""
    router = visitor_router("Authorise")
    confirmations = {operation.kind: _confirmation(operation.kind, operation.view) for operation in authorised}
    refusals = dict.fromkeys(kind for operation in authorised for kind in operation.refusals)

    @router.get(
        "/challenges/{challenge_id}",
        operation_id="getChallenge",
        summary="The state of a code",
        responses=problems(*_OWN),
    )
    async def get_challenge(challenge_id: str, call: VisitorCall) -> ChallengeView:
        """Whether the code is still awaited, until when, and how often it may be tried."""
        found = await service.visible(call.unit, call.member, call.key(service.PREFIX, challenge_id))
        return service.show(call.unit, found)

    @router.post(
        "/challenges/{challenge_id}/confirm",
        operation_id="confirmChallenge",
        summary="Enter the code",
        response_model=_one_of(tuple(confirmations.values())),
        responses=problems(WrongCode, GuessLimitReached, *_STATE, *refusals, *_OWN, *BODY_PROBLEMS, *KEY_PROBLEMS),
    )
    async def confirm_challenge(challenge_id: str, request: CodeEntered, call: VisitorCall) -> Any:
        """The right code runs the operation, exactly once, and answers with what became of it. A wrong one costs an
        attempt although it is refused; the last one cancels the operation and gives back what was held."""
        found = await service.to_answer(call.unit, call.member, call.key(service.PREFIX, challenge_id))
        outcome = await service.confirm(call.unit, call.member, found, request.code)
        if isinstance(outcome, Problem):
            return outcome
        challenge, operation, resource = outcome
        return confirmations[operation.kind](
            kind=operation.kind,
            challenge=challenge,
            operation={"kind": operation.kind, "id": operation.id},
            resource=resource,
        )

    @router.post(
        "/challenges/{challenge_id}/resend",
        operation_id="resendChallenge",
        summary="Send a new code",
        response_model=ChallengeView,
        responses=problems(ResendTooSoon, ResendLimitReached, CodeLimitReached, *_STATE, *_OWN, *KEY_PROBLEMS),
    )
    async def resend_challenge(challenge_id: str, call: VisitorCall) -> Any:
        """A new code goes out and the old one is dead. There is a wait between codes and a cap an hour, by rule."""
        found = await service.to_answer(call.unit, call.member, call.key(service.PREFIX, challenge_id))
        return await service.resend(call.unit, found)

    @router.delete(
        "/challenges/{challenge_id}",
        operation_id="cancelChallenge",
        summary="Cancel the operation",
        status_code=204,
        responses=problems(*_STATE, *_OWN),
    )
    async def cancel_challenge(challenge_id: str, call: VisitorCall) -> None:
        """The X and «Cancelar»: the operation will not run, and what was held comes back."""
        found = await service.to_answer(call.unit, call.member, call.key(service.PREFIX, challenge_id))
        await service.cancel(call.unit, found)

    return router


def _one_of(confirmations: tuple[type[BaseModel], ...]) -> Any:
    """Any of these, told apart by their `kind`. Of as many as there are, which no type checker sees."""
    if len(confirmations) == 1:
        return confirmations[0]
    return Annotated[Union[confirmations], Field(discriminator="kind")]


@cache
def _confirmation(kind: str, view: type[BaseModel]) -> type[BaseModel]:
    """The model of a confirmed operation: the same for every application of a process, which takes long to make."""
    name = "".join(word.title() for word in kind.split("_"))
    literal: Any = Literal[kind]
    reference = create_model(f"{name}Reference", __base__=View, kind=(literal, ...), id=(str, ...))
    return create_model(
        f"{name}Confirmation",
        __base__=View,
        __doc__=f"A confirmed {kind.replace('_', ' ')}.",
        kind=(literal, ...),
        challenge=(ChallengeView, ...),
        operation=(reference, ...),
        resource=(view, ...),
    )
