"""Valgrind's callgrind: counts the instructions that a program executes in user space, exactly."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

_OBJECT = re.compile(r"c?ob=(\(\d+\))(?: (.*))?")
_COST = re.compile(r"[-+*\d]")


def is_installed() -> bool:
    """Whether valgrind, and vgdb to command it, are on the path."""
    return shutil.which("valgrind") is not None and shutil.which("vgdb") is not None


def run(arguments: list[str], directory: Path, mark: str, environment: dict[str, str]) -> list[Path]:
    """Run Python with these arguments, counting from when the program says so.

    Returns the counts between marks, in order. They are files in `directory`, one for each call of the C function
    `mark`, which hold what was counted since the previous one. Raises CalledProcessError when the program fails.
    """
    out = directory / "counts"
    command = [
        "valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--dump-before={mark}",
        f"--callgrind-out-file={out}", sys.executable, *arguments,
    ]  # fmt: skip
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)
    dumps = {int(path.suffix[1:]): path for path in directory.glob(f"{out.name}.*")}
    return [dumps[number] for number in sorted(dumps)]


def total(counts: Path) -> int:
    """How many instructions the file counts."""
    with counts.open(encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("summary:"))


def by_object(counts: Path) -> Counter[str]:
    """How many of them were executed in which file: the interpreter, a library, an extension module."""
    names: dict[str, str] = {}
    told: Counter[str] = Counter()
    here = ""
    is_callee = False
    with counts.open(encoding="utf-8") as lines:
        for line in lines:
            if (named := _OBJECT.match(line)) is not None:
                number, name = named.groups()
                names.setdefault(number, name)  # told once; the number alone stands for it afterwards
                if not line.startswith("c"):
                    here = names[number]
            elif line.startswith("calls="):
                is_callee = True  # the next line has what the callee spent, which is counted where it is spent
            elif _COST.match(line):
                _, *costs = line.split()
                if costs and not is_callee:
                    told[Path(here).name] += int(costs[0])
                is_callee = False
    return told
