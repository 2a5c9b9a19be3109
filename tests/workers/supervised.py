"""A supervisor whose workers do what a test asks for: `python -m tests.workers.supervised COUNT WORK DIRECTORY`.

Each start of a worker appends its process to DIRECTORY/NUMBER, and says who else is there in DIRECTORY/NUMBER.others.
"""

import os
import signal
import sys
import time
from pathlib import Path

from sandbox.workers.supervisor import KEEPER, TRY_AGAIN, Post, Supervisor


def work(post: Post, kind: str, directory: Path) -> int:
    path = directory / str(post.number)
    path.with_suffix(".others").write_text(" ".join(map(str, sorted(post.others))))
    with path.open("a") as starts:  # last: a test that waits for a start reads the others behind it
        starts.write(f"{os.getpid()}\n")
    times = len(path.read_text().split())
    if kind == "refuses":
        return 1
    if kind == "second-fails" and post.number == 2:
        return 3
    if kind == "away" and post.number == KEEPER and 1 < times < 4:
        return TRY_AGAIN
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, lambda *_: path.with_suffix(".told").touch())
    post.ready(f"words of {post.number}")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(1)
    return 0


def say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def main() -> None:
    count, kind, directory = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    supervisor = Supervisor(
        count,
        lambda post: work(post, kind, directory),
        lambda words, pids: say(f"{words} {' '.join(map(str, sorted(pids)))}\n"),
    )
    sys.exit(supervisor.run())


if __name__ == "__main__":
    main()
