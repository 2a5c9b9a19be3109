"""The lists of packages: exact versions, checked contents, and no address of a registry in any committed file."""

import json
import re
import subprocess

import pytest

from clients.toolbox import HERE, ROOT, unreachable

# Registries, mirrors and the hosts of their files. Each is written in two parts, because this file is looked through, too.
_HOSTS = re.compile(
    "|".join(
        re.escape("".join(parts))
        for parts in (
            ("registry.", "npmjs."), ("registry.", "yarnpkg."), ("npm", "mirror"), ("pypi", ".org"), ("pypi", ".python"),
            ("python", "hosted"), ("/opt/", "pypi"), ("proxy.", "golang"), ("files.", "pkg"),
        )
    ),
    re.IGNORECASE,
)  # fmt: skip
EXAMPLES = ["typescript", "playwright"]
_EXACT = re.compile(r"^[\w.-]+==[\w.+]+$")


def manifest(name: str) -> dict:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def example(name: str) -> dict:
    """The packages of an example, with their versions."""
    listed = json.loads((ROOT / "examples" / name / "package.json").read_text(encoding="utf-8"))
    return listed["dependencies"] | listed["devDependencies"]


def test_every_package_has_an_exact_version() -> None:
    for listed in (manifest("package.json")["dependencies"], *map(example, EXAMPLES)):
        inexact = [
            f"{name} {version}" for name, version in listed.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
        ]
        assert inexact == []
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#") and not _EXACT.match(line)] == []


def test_the_lock_file_has_a_checksum_and_no_address_for_every_package() -> None:
    packages = manifest("package-lock.json")["packages"]
    wanted = manifest("package.json")["dependencies"]
    assert packages[""]["dependencies"] == wanted
    installed = {path: package for path, package in packages.items() if path}
    assert [path for path, package in installed.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [path for path, package in installed.items() if "resolved" in package] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_uses_the_versions_that_are_checked(name: str) -> None:
    used = example(name)
    checked = manifest("package.json")["dependencies"]
    assert used == {name: checked[name] for name in used}


@pytest.mark.slow
def test_no_committed_file_names_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    named = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path == ROOT / "tests" / "clients" / "test_packages.py" or not path.is_file():
            continue
        named += [name for _ in _HOSTS.finditer(path.read_bytes().decode("utf-8", "replace"))][:1]
    assert named == []


@pytest.mark.parametrize(
    ("said", "is_unreachable"),
    [
        ("npm error code ENOTFOUND", True),
        ("npm error code ECONNREFUSED", True),
        ("Retrying … after connection broken by 'NewConnectionError('", True),
        ("npm error code EINTEGRITY", False),
        ("npm error code EUSAGE: package.json and package-lock.json are not in sync", False),
        ("ERROR: Could not find a version that satisfies the requirement nothing==1", False),
    ],
)
def test_only_a_registry_that_does_not_answer_is_an_excuse(said: str, is_unreachable: bool) -> None:
    assert unreachable(said) is is_unreachable
