"""The lock: every requirement of ``pyproject.toml`` is met on every Python and system, every entry has hashes, no index is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .libraries import BASE, EXTRAS, PYPROJECT, ROOT, lines_of

LOCKS = {name: (ROOT / "requirements" / f"{name}.txt").read_text("utf-8") for name in ("run", "dev", "oldest")}
BUILD: list[str] = PYPROJECT["build-system"]["requires"]
RUN: list[str] = [*BASE, *lines_of("serve"), *BUILD]
DEV = [*RUN, *(line for extra in EXTRAS for line in lines_of(extra))]
NEEDED = {"run": RUN, "dev": DEV, "oldest": DEV}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}
ENVIRONMENTS = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system, "os_name": kind, "extra": ""}
    for python in PYTHONS
    for system, kind in SYSTEMS.items()
]
VERSIONS = (ROOT / "docs" / "decisions" / "0020-versions.md").read_text("utf-8")
REMEDY = "run make lock"


def entries(lock: str) -> dict[str, list[str]]:
    """Return the hashes of each entry of ``lock``, by the requirement that it begins with."""
    lines = lock.replace("\\\n", " ").splitlines()
    return {line.split(" --hash=")[0].strip(): line.split(" --hash=")[1:] for line in lines if line and not line.startswith("#")}


def locked(lock: str, environment: dict[str, str]) -> dict[str, Version]:
    """Return the version of each library that ``lock`` installs in ``environment``."""
    requirements = [Requirement(entry) for entry in entries(lock)]
    there = [each for each in requirements if each.marker is None or each.marker.evaluate(environment)]
    return {canonicalize_name(each.name): Version(str(each.specifier).removeprefix("==")) for each in there}


def unmet(lock: str, needed: Iterable[str]) -> Iterator[str]:
    """Yield each of the requirements ``needed`` that ``lock`` does not meet in some environment."""
    for environment in ENVIRONMENTS:
        versions = locked(lock, environment)
        for requirement in map(Requirement, needed):
            version = versions.get(canonicalize_name(requirement.name))
            wanted = requirement.marker is None or requirement.marker.evaluate(environment)
            if wanted and (version is None or not requirement.specifier.contains(version, prereleases=True)):
                yield f"{requirement}: {version} on Python {environment['python_version']}, {environment['sys_platform']}"


def unhashed(lock: str) -> list[str]:
    """Return the entries of ``lock`` that are not one version with SHA-256 digests."""
    digest, version = re.compile(r"sha256:[0-9a-f]{64}\s*"), re.compile(r"[\w.-]+(\[[\w,.-]+\])?==[\w.!+-]+( ;.*)?")
    return [
        entry
        for entry, hashes in entries(lock).items()
        if not hashes or not all(map(digest.fullmatch, hashes)) or not version.fullmatch(entry)
    ]


def uncapped(requirements: Iterable[str], note: str) -> list[str]:
    """Return requirements of a 0.x version without a cap, and those whose cap has no reason in ``note``."""
    faults = []
    for requirement in map(Requirement, requirements):
        bounds = {each.operator: each.version for each in requirement.specifier}
        if ("<" not in bounds and bounds[">="].startswith("0.")) or ("<" in bounds and f"`{requirement.name}`" not in note):
            faults.append(str(requirement))
    return faults


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_meets_every_requirement(name: str) -> None:
    assert list(unmet(LOCKS[name], NEEDED[name])) == [], REMEDY


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_one_version_with_hashes(name: str) -> None:
    assert len(entries(LOCKS[name])) > 50
    assert unhashed(LOCKS[name]) == [], REMEDY


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_names_no_index(name: str) -> None:
    assert "://" not in LOCKS[name]
    assert not re.search(r"^\s*-(?!-hash=)", LOCKS[name], re.MULTILINE)


def missing(needed: Iterable[str], versions: dict[str, Version]) -> list[str]:
    """Return what the libraries of this environment require, from ``needed`` on, that is not in ``versions`` or in another version there."""
    ways, seen, faults = [(line, "") for line in needed], set[tuple[str, str]](), []
    while ways:
        line, extra = ways.pop()
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"{line}: {version}")
            continue
        new = {(requirement.name, each) for each in ["", *requirement.extras]} - seen
        seen |= new
        ways += [(each, extra) for name, extra in new for each in metadata.requires(name) or ()]
    return faults


@pytest.mark.parametrize("name", ["dev", "oldest"])
def test_what_the_libraries_require_is_locked_too(name: str) -> None:
    versions = locked(LOCKS[name], {"extra": ""})
    installed = {canonicalize_name(each.name): Version(each.version) for each in metadata.distributions()}
    if not versions.items() <= installed.items():
        pytest.skip("this environment is not that of the lock")
    assert missing(NEEDED[name], versions) == [], REMEDY
    assert missing(NEEDED[name], {library: version for library, version in versions.items() if library != "anyio"})
    assert missing(NEEDED[name], versions | {"anyio": Version("1")})


def test_what_serves_is_what_is_tested() -> None:
    for environment in ENVIRONMENTS:
        served, tested = locked(LOCKS["run"], environment), locked(LOCKS["dev"], environment)
        assert served.items() <= tested.items(), REMEDY


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    versions = locked(LOCKS["oldest"], ENVIRONMENTS[0])
    lowest: dict[str, Version] = {}
    for requirement in map(Requirement, DEV):
        bound = next(Version(each.version) for each in requirement.specifier if each.operator == ">=")
        lowest[canonicalize_name(requirement.name)] = max(bound, lowest.get(canonicalize_name(requirement.name), bound))
    assert {name: versions[name] for name in lowest} == lowest, "raise the lower bound in pyproject.toml to what is installed"


def test_the_build_is_locked_with_what_it_requires() -> None:
    assert PYPROJECT["dependency-groups"]["build"] == BUILD


def test_every_cap_has_a_reason() -> None:
    assert uncapped(DEV, VERSIONS) == [], "give a cap, and its reason in docs/decisions/0020-versions.md"


def test_every_python_that_is_tried_is_listed() -> None:
    minors = [kind.rpartition(" ")[2] for kind in PYPROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", kind)]
    assert minors
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [minor for minor in minors if not re.search(rf"\b{re.escape(minor)}\b", readme)] == []


ENTRY = f"rdflib==7.6.0 \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.mark.parametrize(
    ("lock", "needed"),
    [
        (ENTRY, "rdflib>=8"),
        (ENTRY, "rdflib<7"),
        (ENTRY, "pyshacl>=0.1"),
        (ENTRY.replace("0 \\", "0 ; python_full_version < '3.14' \\"), "rdflib>=7"),
        (ENTRY.replace("0 \\", "0 ; sys_platform == 'linux' \\"), "rdflib>=7"),
    ],
)
def test_a_lock_that_does_not_meet_a_requirement_is_seen(lock: str, needed: str) -> None:
    assert not list(unmet(ENTRY, ["rdflib>=7", "other; python_version < '3'"]))
    assert list(unmet(lock, [needed]))


@pytest.mark.parametrize(
    "lock", ["rdflib==7.6.0\n", ENTRY.replace("==", ">="), ENTRY.replace("sha256", "md5"), ENTRY.replace("000\n", "0\n")]
)
def test_an_entry_without_hashes_is_seen(lock: str) -> None:
    assert not unhashed(ENTRY)
    assert unhashed(lock)


@pytest.mark.parametrize(("requirement", "note"), [("a>=0.5", "`a`"), ("a>=1,<2", "no word of it")])
def test_a_missing_cap_or_reason_is_seen(requirement: str, note: str) -> None:
    assert uncapped(["a>=0.5,<0.6", "b>=1"], "`a`: its 0.x versions") == []
    assert uncapped([requirement], note)
