"""What a fault can be, from the model that reads it."""

from pydantic import BaseModel

from handbook.markdown import code, joined, paragraphs, table
from handbook.rules import facts_table
from handbook.schemas import rows_of
from sandbox.domain.faults import PROFILES, CallFacts, Delay, Effect, Lognormal, Match, Uniform


def form() -> str:
    """The parts of a fault."""
    return joined(
        "## match",
        paragraphs(Match.__doc__ or ""),
        _table(Match),
        "### Facts of a condition",
        facts_table(CallFacts),
        "## effect",
        paragraphs(Effect.__doc__ or ""),
        _table(Effect),
        "### delay",
        paragraphs(Delay.__doc__ or ""),
        _table(Delay, Uniform=Uniform, Lognormal=Lognormal),
        "### profile",
        table(("Profile", "What happens"), [(code(name), _profile(parts)) for name, parts in PROFILES.items()]),
    )


def _table(model: type[BaseModel], **parts: type[BaseModel]) -> str:
    rows = [(code(path), kind, words) for path, kind, words in rows_of(model.model_json_schema())]
    for name, part in parts.items():
        rows += [
            (code(f"{name.lower()}.{path}"), kind, words) for path, kind, words in rows_of(part.model_json_schema())
        ]
    return table(("Name", "Type", "What it does"), rows)


def _profile(parts: tuple[tuple[float, Effect], ...]) -> str:
    *seldom, (_, usual) = parts
    told = [f"{likely:.0%} {_told(effect)}" for likely, effect in seldom]
    return ", ".join([*told, f"{'else ' if told else ''}{_told(usual)}"])


def _told(effect: Effect) -> str:
    given = effect.model_dump(exclude_none=True, exclude_defaults=True)
    if "delay" in given:
        delay = given["delay"]["lognormal"]
        return f"a delay of {delay['median']:g} ms in the median (sigma {delay.get('sigma', 0.5):g})"
    return " ".join(f"{name} {code(value)}" for name, value in given.items())
