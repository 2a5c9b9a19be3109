"""Time you can move."""

from typing import Annotated

from pydantic import Field

from sandbox.bank.jobs import service as jobs
from sandbox.bank.wire import Body, Moment, View
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.problem import FieldError, Problem, Text
from sandbox.problems import ValidationFailed

router = control_router("clock")


class ClockGoesForward(Problem):
    """A sandbox's clock does not go back."""

    code = "clock_goes_forward"
    status = 422
    title = Text("El reloj no retrocede", "The clock goes forward only")
    says = Text("Ya son las {now}; solo un restore retrocede.", "It is {now} already; only a restore goes back.")


class ClockView(View):
    """The sandbox's time. `rate` 0 is frozen, 1 real time, 60 an hour a minute."""

    now: Moment
    rate: float


class ClockSet(Body):
    """Where to stand and how fast to run from there; what is left out stays."""

    now: str | None = Field(None, examples=["2026-11-24T08:00:00-05:00"])
    rate: Annotated[float, Field(ge=0, le=100_000)] | None = None


class Advance(Body):
    """How far: `by` an ISO 8601 duration, or `to` a moment."""

    by: str | None = Field(None, examples=["P3D"])
    to: str | None = Field(None, examples=["2026-12-01T00:00:00-05:00"])


class JobView(View):
    """A job that ran on the way."""

    kind: str
    subject: str
    due_at: Moment


class Advanced(ClockView):
    """The clock after an advance, and what fell due on the way: the first 1,000 jobs in order, how many there were, and
    how many of each kind; of life, how many of each thing that members did."""

    jobs: list[JobView]
    jobs_in_all: int
    counts: dict[str, int]


@router.get("/clock", operation_id="getClock", summary="Get the clock")
async def get_clock(call: Call) -> ClockView:
    """The sandbox's moment and rate."""
    return _view(call)


@router.put(
    "/clock",
    operation_id="setClock",
    summary="Set the clock",
    responses=problems(ClockGoesForward, *BODY_PROBLEMS),
)
async def set_clock(request: ClockSet, call: Call) -> Advanced:
    """Set the moment, freeze the clock or change its rate. Due jobs run on the way; the clock never goes backwards."""
    target = None if request.now is None else moment_of(request.now, "now")
    _require_ahead(call, target)
    return await _move(call, target, None if request.rate is None else round(request.rate * 1000))


@router.post(
    "/clock/advance",
    operation_id="advanceClock",
    summary="Advance the clock",
    responses=problems(ClockGoesForward, *BODY_PROBLEMS),
)
async def advance_clock(request: Advance, call: Call) -> Advanced:
    """Every job that falls due runs in order, each at its own moment, and the answer lists the first of them."""
    if (request.by is None) == (request.to is None):
        words = Text("Envía «by» o «to», uno de los dos.", "Send “by” or “to”, one of the two.")
        raise ValidationFailed(errors=[FieldError("by", "one_of", words)])
    if request.by is not None:
        try:
            target = clock.after(call.sandbox.clock.now(), request.by)
        except clock.OutOfRange:
            raise _out_of_range("by", "bad_duration") from None
        except ValueError:
            words = Text("Escribe una duración ISO 8601, como «P3D».", "Write an ISO 8601 duration, as in “P3D”.")
            raise ValidationFailed(errors=[FieldError("by", "bad_duration", words)]) from None
    else:
        target = moment_of(request.to or "", "to")
        _require_ahead(call, target)
    return await _move(call, target, None)


def _require_ahead(call: Call, target: Micros | None) -> None:
    here = call.sandbox.clock.now()
    if target is not None and target < here:
        raise ClockGoesForward(now=clock.show(here))


async def _move(call: Call, target: Micros | None, rate_millis: int | None) -> Advanced:
    """Run what is due by `target` and stand there, or, without one, stay; run on at that rate, or as before."""
    ran = await jobs.advance(call.sandbox, target, rate_millis)
    shown = _view(call)
    return Advanced(
        now=shown.now,
        rate=shown.rate,
        jobs=[show_job(job) for job in ran.first],
        jobs_in_all=ran.number,
        counts=dict(sorted(ran.counts.items())),
    )


def moment_of(text: str, field: str) -> Micros:
    """The moment a field tells. Raises ValidationFailed that names the field."""
    try:
        return clock.parse(text)
    except clock.OutOfRange:
        raise _out_of_range(field, "bad_moment") from None
    except ValueError:
        words = Text("Escribe el momento en RFC 3339.", "Write the moment in RFC 3339.")
        raise ValidationFailed(errors=[FieldError(field, "bad_moment", words)]) from None


def _out_of_range(field: str, code: str) -> ValidationFailed:
    bounds = (clock.EARLIEST, clock.LATEST)
    words = Text("El reloj va del {} al {}.".format(*bounds), "The clock goes from {} to {}.".format(*bounds))
    return ValidationFailed(errors=[FieldError(field, code, words)])


def show_job(job: jobs.Done) -> JobView:
    """A job that ran."""
    return JobView(kind=job.kind, subject=job.subject, due_at=clock.show(job.due_at))


def _view(call: Call) -> ClockView:
    sandbox_clock = call.sandbox.clock
    return ClockView(now=clock.show(sandbox_clock.now()), rate=sandbox_clock.rate_millis / 1000)
