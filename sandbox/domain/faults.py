"""Faults that can be ordered: which calls they strike, and what they do to them. Pure: draws come from outside."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sandbox.domain.cel_alone import cel
from sandbox.domain.rules.book import fact_types
from sandbox.domain.rules.engine import EVALUATION_ERRORS
from sandbox.domain.rules.expressions import Checker, ExpressionError, flat
from sandbox.domain.rules.facts import Cents, Facts
from sandbox.kernel.forms import form
from sandbox.surfaces import BANK

_LONGEST_MS = 120_000
Milliseconds = Annotated[float, Field(ge=0, le=_LONGEST_MS)]
Outage = Literal["sms", "email", "biller", "settlement"]


class CallFacts(Facts):
    """What a condition may speak of."""

    method: Annotated[str, Field(description="The method.")]
    path: Annotated[str, Field(description="The path, as it was sent.")]
    operation_id: Annotated[str, Field(description="The operation.")]
    member_id: Annotated[str, Field(description="The member's id; empty without a session.")]
    username: Annotated[str, Field(description="The member's username; empty without a session.")]
    segment: Annotated[str, Field(description="The member's segment; empty without a session.")]
    kind: Annotated[str, Field(description="`kind` of the body; empty where it has none.")]
    amount: Annotated[Cents, Field(description="`amount` of the body; 0 where it has none.")]
    local_hour: Annotated[int, Field(description="The hour on the sandbox's clock, 0 to 23.")]


_TYPES = {path: kind for path, kind, _ in fact_types(CallFacts)}


def _refuse(code: str, es: str, en: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{en}", {"es": es, "en": en})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Uniform(_Part):
    """Anything from `low` to `high`, in milliseconds."""

    low: Annotated[Milliseconds, Field(description="The shortest delay, in milliseconds.")]
    high: Annotated[Milliseconds, Field(description="The longest delay, in milliseconds.")]

    @model_validator(mode="after")
    def _in_order(self) -> "Uniform":
        if self.low > self.high:
            raise _refuse("not_in_order", "low es mayor que high.", "low is above high.")
        return self


class Lognormal(_Part):
    """As networks are: half below `median` milliseconds, a long tail by `sigma`."""

    median: Annotated[
        float, Field(gt=0, le=_LONGEST_MS, description="Half of the delays are shorter, in milliseconds.")
    ]
    sigma: Annotated[float, Field(ge=0, le=3, description="How long the tail is; 0 for none.")] = 0.5


class Delay(_Part):
    """How long a call waits: one of the three, in milliseconds."""

    ms: Milliseconds | None = Field(None, description="The same delay each time, in milliseconds.")
    uniform: Uniform | None = Field(None, description="A delay between two bounds.")
    lognormal: Lognormal | None = Field(None, description="A delay as networks have it.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "Delay":
        if sum(each is not None for each in (self.ms, self.uniform, self.lognormal)) != 1:
            raise _refuse("one_of", "Da ms, uniform o lognormal, uno de los tres.", "Give ms, uniform or lognormal.")
        return self

    def milliseconds(self, draw: float) -> float:
        """The delay that a draw from [0, 1) stands for, two minutes at most."""
        if self.uniform is not None:
            return self.uniform.low + (self.uniform.high - self.uniform.low) * draw
        if self.lognormal is not None:
            deviation = NormalDist().inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))
            return min(_LONGEST_MS, self.lognormal.median * math.exp(self.lognormal.sigma * deviation))
        return self.ms or 0.0


def _pattern(path: str) -> str:
    if re.fullmatch(PATH, path) is None:
        raise _refuse(
            "not_an_option",
            "Escribe una ruta de /v1, con {} o * por cada segmento abierto.",
            "Write a path of /v1, with {} or * for each open segment.",
        )
    return path


# A wild card stands for a whole segment: several in one would make matching a path take very long.
PATH = "^" + BANK + r"(/([^/*{}?#]+|\*|\{[A-Za-z0-9_]*\}))+$"
"""A path of the bank, with `{…}` or `*` for any one segment, as a regular expression."""
PathPattern = Annotated[str, Field(max_length=300), AfterValidator(_pattern)]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Match(_Part):
    """Which calls of the bank: all that is given must fit."""

    method: Method | None = Field(None, description="The method.")
    path: PathPattern | None = Field(None, description="The path, with `{}` or `*` for any one segment.")
    operation_id: Annotated[str, Field(max_length=100)] | None = Field(None, description="The operation.")
    member: Annotated[str, Field(max_length=100)] | None = Field(None, description="A member's id or username.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers that the request has, with their values."
    )
    condition: Annotated[str, Field(max_length=2000)] | None = Field(
        None, description="A condition in CEL on the request and the member."
    )
    probability: Annotated[
        float, Field(ge=0, le=1, description="How likely each call that fits is struck; draws come from the seed.")
    ] = 1.0
    after: Annotated[int, Field(ge=0, le=1_000_000, description="How many calls that fit are spared first.")] = 0
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="How many calls are struck at most; without it, all."
    )


CODE = form(
    r"^[a-z0-9_]+$", es="Escribe el código de un problema", en="Write the code of a problem",
    example="insufficient_funds",
)  # fmt: skip
MEDIA_TYPE = form(
    r"^[\x20-\x7e]+$", es="Escribe un tipo de contenido en ASCII", en="Write a media type in ASCII", example="text/html"
)


class Effect(_Part):
    """What happens. A `delay` goes with any; of the others one at most.

    `at` is `request`, before the bank sees the call, or `response`, once it has done its work: the transfer is made and
    the app never hears of it. Problems and statuses come at the request, broken connections at the response, unless
    `at` says otherwise.
    """

    delay: Delay | None = Field(None, description="The call waits first.")
    problem: Annotated[str, Field(pattern=CODE.pattern, examples=[CODE.example])] | None = Field(
        None, description="The call is refused with this problem."
    )
    status: Annotated[int, Field(ge=200, le=599)] | None = Field(
        None, description="The call is answered with this status, as by a proxy in between."
    )
    body: Annotated[str, Field(max_length=100_000)] | None = Field(
        None, description="The body that goes with `status`."
    )
    media_type: Annotated[
        str,
        Field(
            max_length=100, pattern=MEDIA_TYPE.pattern, examples=[MEDIA_TYPE.example],
            description="The media type of that body.",
        ),
    ] = "text/html"  # fmt: skip
    connection: Literal["reset", "empty", "truncated", "malformed"] | None = Field(
        None,
        description="The connection is reset, or closed without an answer (`empty`); the answer ends in the middle "
        "(`truncated`), or is half of its JSON (`malformed`).",
    )
    slow_body_ms: Milliseconds | None = Field(
        None, description="The body takes so many milliseconds to arrive, a tenth at a time."
    )
    outage: Outage | None = Field(None, description="What the bank depends on is down: it is no call that is struck.")
    profile: Literal["4g", "3g", "edge", "flaky"] | None = Field(None, description="The network that calls pass.")
    at: Literal["request", "response"] | None = Field(
        None, description="Before the bank sees the call, or once it has done its work."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "Effect":
        kinds = (self.problem, self.status, self.connection, self.slow_body_ms, self.outage, self.profile)
        given = sum(each is not None for each in kinds)
        if given > 1 or (not given and self.delay is None):
            raise _refuse(
                "one_of",
                "Da delay, o uno de problem, status, connection, slow_body_ms, outage y profile.",
                "Give a delay, or one of problem, status, connection, slow_body_ms, outage and profile.",
            )
        if self.delay is not None and (self.outage or self.profile):
            raise _refuse("one_of", "outage y profile no llevan delay.", "An outage or a profile takes no delay.")
        if self.body is not None and self.status is None:
            raise _refuse("one_of", "body va con status.", "A body goes with a status.")
        if self.at == "request" and self.connection in ("truncated", "malformed"):
            raise _refuse("one_of", "Aún no hay respuesta que dañar.", "There is no answer to damage yet.")
        return self

    @property
    def after_the_work(self) -> bool:
        """Whether the bank does its work first."""
        if self.at is not None:
            return self.at == "response"
        return self.connection is not None or self.slow_body_ms is not None


_SLOW = {
    "4g": Lognormal(median=60, sigma=0.4),
    "3g": Lognormal(median=300, sigma=0.5),
    "edge": Lognormal(median=800, sigma=0.6),
}
PROFILES: dict[str, tuple[tuple[float, Effect], ...]] = {
    **{name: ((1.0, Effect(delay=Delay(lognormal=slow))),) for name, slow in _SLOW.items()},
    "flaky": (
        (0.03, Effect(connection="reset")),
        (0.02, Effect(connection="truncated")),
        (0.05, Effect(problem="service_unavailable")),
        (1.0, Effect(delay=Delay(lognormal=Lognormal(median=200, sigma=0.8)))),
    ),
}
"""Named network profiles: what happens with which probability, the last one in all that is left."""


class Wanted(_Part):
    """A fault as it is ordered."""

    match: Match = Match()
    effect: Effect


class ConditionFailed(Exception):
    """A condition that these facts give no answer to, such as one that divides by an amount of zero; says why."""


class Strike(NamedTuple):
    """A fault that hit a call: what it does, and for how long the call waits first."""

    effect: Effect
    delay_ms: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault ready to be asked. Raises ExpressionError for a condition that does not hold."""

    match: Match
    effect: Effect
    program: cel.Program | None
    pattern: re.Pattern[str] | None

    @classmethod
    def ready(cls, wanted: Wanted) -> "Fault":
        match = wanted.match
        program = None
        if match.condition is not None:
            program = cel.compile(Checker(match.condition, _TYPES, {}).check("bool").text)
        return cls(match, wanted.effect, program, path_pattern(match.path) if match.path else None)

    @property
    def asks_for_more(self) -> bool:
        """Whether member or body must be known to tell."""
        return self.match.member is not None or self.program is not None

    def fits_call(self, method: str, path: str, operation_id: str, headers: Mapping[str, str]) -> bool:
        """Whether it means calls like this one, as far as that can be told without member and body."""
        match = self.match
        return (
            (match.method is None or match.method == method)
            and (self.pattern is None or self.pattern.fullmatch(path) is not None)
            and (match.operation_id is None or match.operation_id == operation_id)
            and all(headers.get(name.lower()) == value for name, value in match.headers.items())
        )

    def fits_facts(self, facts: Mapping[str, Any]) -> bool:
        """Whether member and condition fit, too. Raises ConditionFailed."""
        if self.match.member is not None and self.match.member not in (facts["member_id"], facts["username"]):
            return False
        if self.program is None:
            return True
        try:
            return bool(self.program.execute({flat(name): value for name, value in facts.items()}))
        except EVALUATION_ERRORS as error:
            raise ConditionFailed(str(error)) from None

    def strikes(self, seen: int, hits: int, draw: float) -> bool:
        """Whether the `seen`th call that fits (from 1) is struck, when `hits` were before it."""
        if seen <= self.match.after or (self.match.times is not None and hits >= self.match.times):
            return False
        return draw < self.match.probability

    def strike(self, choice: float, draw: float) -> Strike:
        """What it does: `choice` picks within a profile, `draw` the delay."""
        effect = self.effect
        if effect.profile is not None:
            for likely, each in PROFILES[effect.profile]:
                effect = each
                if choice < likely:
                    break
                choice -= likely
        return Strike(effect, effect.delay.milliseconds(draw) if effect.delay is not None else 0.0)


def path_pattern(path: str) -> re.Pattern[str]:
    """What a path with `{…}` or `*` for one segment fits."""
    parts = re.split(r"(\{[A-Za-z0-9_]*\}|\*)", path)
    return re.compile("".join("[^/]+" if place % 2 else re.escape(part) for place, part in enumerate(parts)))


__all__ = [
    "PATH",
    "PROFILES",
    "CallFacts",
    "ConditionFailed",
    "Effect",
    "ExpressionError",
    "Fault",
    "Match",
    "Method",
    "Outage",
    "PathPattern",
    "Strike",
    "Wanted",
    "path_pattern",
]


class Standing(NamedTuple):
    """A fault in force, by its key."""

    key: int
    fault: Fault


class Faults(NamedTuple):
    """The faults in force, in order: those of calls, and those of what the bank depends on."""

    calls: tuple[Standing, ...] = ()
    outages: tuple[Standing, ...] = ()
