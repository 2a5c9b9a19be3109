"""Due work: what waits, and running it now."""

from sandbox.bank.jobs import service as jobs
from sandbox.bank.wire import Listing, Moment, View
from sandbox.control.clock import JobView, show_job
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.kernel import clock

router = control_router("clock")


class WaitingJob(View):
    """A kind of work, and when its first job is due."""

    kind: str
    due_at: Moment


@router.get("/jobs", operation_id="listJobs", summary="List the due work")
async def list_jobs(call: Call) -> Listing[WaitingJob]:
    """Every kind of due work that waits for its moment, the earliest first."""
    found = await jobs.upcoming(call.unit)
    return Listing[WaitingJob](items=[WaitingJob(kind=source.kind, due_at=clock.show(due)) for due, source in found])


@router.post("/jobs/run", operation_id="runJobs", summary="Run what is due")
async def run_jobs(call: Call) -> Listing[JobView]:
    """Everything due by now, in order, each at its own moment; the first 1,000 jobs are listed. While the clock runs
    this happens by itself."""
    ran = await jobs.run_due(call.sandbox, call.sandbox.clock.now())
    return Listing[JobView](items=[show_job(job) for job in ran.first])
