"""Rule documents of a sandbox's own: checked together before one is put in its place, or taken out of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from sandbox.domain.rules import RuleBook, RulesInvalid, RuleSource
from sandbox.problem import Extras, FieldError, Problem, Sample, Text
from sandbox.problems import NotFound
from sandbox.sandboxes import overrides
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage import latches
from sandbox.storage.unit import UnitOfWork

T = TypeVar("T")


class DocumentRefused(Problem):
    """The documents would not hold, and nothing was changed."""

    code = "rules_invalid"
    status = 422
    title = Text("Reglas inválidas", "Rules do not hold")
    says = Text("No se cambió nada: revisa lo señalado.", "Nothing was changed: see what is pointed out.")
    extras: ClassVar[Extras] = {
        "mistakes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Each mistake with its file, line and column.",
        }
    }
    sample = Sample(
        errors=[FieldError("otp", "invalid", Text("otp.yaml:4: …", "otp.yaml:4: …"))],
        extra={"mistakes": ["otp.yaml:4: …"]},
    )


async def _nothing() -> None:
    pass


async def checked(source: RuleSource, documents: dict[str, str]) -> RuleBook:
    """The base rules with these documents in place of theirs. Raises NotFound, DocumentRefused with every mistake."""
    unknown = set(documents) - set(source.current.documents)
    if unknown:
        raise NotFound
    try:
        return await asyncio.to_thread(source.overridden, documents)
    except RulesInvalid as invalid:
        raise DocumentRefused(
            errors=[
                FieldError(f"{each.file}:{each.line}:{each.column}", "does_not_hold", Text(each.message, each.message))
                for each in invalid.errors
            ],
            extra={"mistakes": [str(each) for each in invalid.errors]},
        ) from None


async def hold_checked(
    unit: UnitOfWork,
    sandbox: Sandbox,
    documents: dict[str, str],
    prepare: Callable[[], Awaitable[None]] = _nothing,
) -> RuleBook:
    """The rules of the sandbox with these documents in place of theirs. Until the unit ends no other changes what they
    were checked with. For a unit that has not written: others have their turn meanwhile, also while it does `prepare`.
    Raises NotFound, DocumentRefused with every mistake.

    They are checked again where something has changed: beside a reset, another document or an edit of the base.
    """
    source = sandbox.own_rules.source
    return await _hold_while(unit, sandbox, lambda own: checked(source, {**own, **documents}), prepare)


async def hold_needless(
    unit: UnitOfWork, sandbox: Sandbox, document: str, prepare: Callable[[], Awaitable[None]]
) -> None:
    """The other documents of the sandbox's own hold without this one, until the unit ends; or they do not hold with it
    either, because the base has changed: then each may be removed. As `hold_checked` for the rest."""
    source = sandbox.own_rules.source
    await _hold_while(unit, sandbox, lambda own: _require_needless(source, own, document), prepare)


async def _hold_while(
    unit: UnitOfWork,
    sandbox: Sandbox,
    check: Callable[[dict[str, str]], Awaitable[T]],
    prepare: Callable[[], Awaitable[None]],
) -> T:
    """What `check` makes of the documents that the sandbox has of its own; see `hold_checked`."""
    source = sandbox.own_rules.source
    while True:
        own, base = await overrides.read(unit), source.current
        await unit.pause()
        result = await check(own)
        await prepare()
        await _hold(unit)
        if source.current is base and await overrides.read(unit) == own:
            return result


async def _require_needless(source: RuleSource, own: dict[str, str], document: str) -> None:
    """Raises DocumentRefused, with every mistake that there would be, where a sandbox's own documents hold with this
    one and not without it."""
    rest = {name: text for name, text in own.items() if name != document}
    try:
        await checked(source, rest)
    except (DocumentRefused, NotFound):
        if rest != own and await _hold_together(source, own):
            raise


async def _hold_together(source: RuleSource, documents: dict[str, str]) -> bool:
    try:
        await checked(source, documents)
    except (DocumentRefused, NotFound):
        return False
    return True


async def _hold(unit: UnitOfWork) -> None:
    """Keep others from changing documents of the sandbox's own until the unit ends."""
    await latches.hold(unit, "rules")
    await unit.hold_turn()
