"""A release: prepared and checked in a clone, and taken over only when all of it went well."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from packaging.version import InvalidVersion, Version

from pipeline.load.manifest import read_manifest

from . import fragments
from .build import build, sums
from .change import Step, step_between
from .gate import Verdict, inspect
from .git import Git
from .packages import Package, package
from .problem import ReleaseError
from .stamp import stamp
from .tags import last_release, missing_tags, releases, tag

Say = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A release that only has to be taken over.

    Attributes:
        tag: Its tag.
        notes: What the changelog says of it.
        built: The distributions.
    """

    tag: str
    notes: str
    built: list[Path]


def release(root: Path, name: str, step: str, *, dry_run: bool, say: Say) -> None:
    """Release a package: version, changelog, distributions, commit and tag. Nothing is pushed.

    Args:
        root: The working tree.
        name: Of the package.
        step: `patch`, `minor`, `major`, or a version.
        dry_run: Whether to change nothing in the end.
        say: Called with each line of the report.

    Raises:
        ReleaseError: If something stands in the way; then nothing has changed.
    """
    git = Git(root)
    version = next_version(git, package(root, name), step)
    _expect_ready(git, tag(name, version))
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder).resolve() / "clone"
        git("clone", "--quiet", "--no-hardlinks", str(root), str(clone))
        _copy_identity(git, Git(clone))
        prepared = prepare(clone, name, version, say)
        target = root / "dist" / f"{name}-{version}"
        if dry_run:
            say(f"\n{prepared.notes}")
            say(f"dry run: nothing was changed; {prepared.tag} could be made")
            return
        git("fetch", "--quiet", str(clone), "HEAD")
        git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
        git("fetch", "--quiet", str(clone), f"refs/tags/{prepared.tag}:refs/tags/{prepared.tag}")
        target.mkdir(parents=True, exist_ok=True)
        for each in prepared.built:
            (target / each.name).write_bytes(each.read_bytes())
    say(f"tagged {prepared.tag}; the distributions are in {target.relative_to(root)}")
    say(f"next: git push --atomic origin HEAD {prepared.tag} (a workflow publishes what is tagged)")


def next_version(git: Git, subject: Package, step: str) -> Version:
    """The version that a step leads to."""
    excuse = missing_tags(git, subject)
    if excuse:
        raise ReleaseError(f"{subject.name}: {excuse}")
    last = last_release(git, subject.name)
    words = {each.word: each for each in Step}
    if step in words:
        if last is None:
            raise ReleaseError(f"{subject.name} has no release: say its first version, as in 1.0.0")
        version = words[step].after(last)
    else:
        version = _read(step)
    if last is not None and version <= last:
        raise ReleaseError(f"{subject.name} {last} has been released; {version} is not later")
    if version < subject.version:
        raise ReleaseError(
            f"the source of {subject.name} says {subject.version}, which other packages here "
            f"need: release at least that, not {version}"
        )
    return version


def prepare(clone: Path, name: str, version: Version, say: Say) -> Prepared:
    """Make the release's commit and tag in a clone, and build it."""
    git, subject = Git(clone), package(clone, name)
    last = last_release(git, name)
    say(f"{name}: {last or 'no release'} -> {version}")
    _generate(clone, "--check")
    _expect_fragments(git, subject, last, version)
    _expect_siblings(git, subject)
    _expect_step(inspect(git, subject), version)
    subject.set_version(version)
    project = read_manifest(clone / "codegen" / "manifest.yaml")
    if name == f"{project.prefix}-core":
        stamp(clone, subject, version, project.namespace)
        _generate(clone)
    notes = fragments.assemble(clone, subject, version, datetime.now(timezone.utc).date())
    git("add", "--all")
    git("commit", "--quiet", "--message", f"Release {name} {version}")
    built = build(git, package(clone, name), clone / "dist" / f"{name}-{version}")
    hashes = "\n".join(sums(built))
    label = tag(name, version)
    message = f"{name} {version}\n\n{notes}\n{hashes}\n"
    git("tag", "--annotate", "--cleanup=verbatim", "--message", message, label)
    say(f"built twice, the same both times:\n{hashes}")
    return Prepared(label, notes, built)


def rebuild(root: Path, name: str, version: Version, say: Say) -> list[Path]:
    """Check a tagged release again and build it, on another machine; refuse any other bytes."""
    git, subject = Git(root), package(root, name)
    label = tag(name, version)
    if git("rev-parse", f"{label}^{{commit}}") != git("rev-parse", "HEAD"):
        raise ReleaseError(f"HEAD is not {label}")
    if subject.version != version:
        raise ReleaseError(f"{label} has a source that says {subject.version}")
    _generate(root, "--check")
    _expect_siblings(git, subject)
    _expect_step(inspect(git, subject, below=version), version)
    built = build(git, subject, root / "dist" / f"{name}-{version}")
    told = git("for-each-ref", "--format=%(contents)", f"refs/tags/{label}").splitlines()
    other = [each for each in sums(built) if each not in told]
    if other:
        raise ReleaseError(f"built here, but not what {label} tells of:\n" + "\n".join(other))
    say("the bytes are those that the tag tells of:\n" + "\n".join(sums(built)))
    return built


def _read(text: str) -> Version:
    try:
        version = Version(text)
    except InvalidVersion:
        raise ReleaseError(f"{text!r} is neither patch, minor, major nor a version") from None
    if str(version) != text or len(version.release) != 3 or version.is_prerelease:
        raise ReleaseError(f"{text!r} is not a version like 1.2.3")
    return version


def _expect_ready(git: Git, label: str) -> None:
    if git("status", "--porcelain"):
        raise ReleaseError("there are changes that are not committed: commit or stash them first")
    if git("tag", "--list", label):
        raise ReleaseError(f"there is a tag {label} already")


def _copy_identity(source: Git, target: Git) -> None:
    for key in ("user.name", "user.email"):
        if not source.succeeds("config", key):
            raise ReleaseError(f"git does not know your {key}: git config {key} ...")
        target("config", key, source("config", key))


def _expect_fragments(git: Git, subject: Package, last: Version | None, version: Version) -> None:
    lacking = fragments.complaint(git, subject)
    if lacking or not subject.fragments:
        raise ReleaseError(f"{subject.name}: {lacking or 'no fragment tells what has changed'}")
    announced = fragments.announced(subject)
    if last is not None and step_between(last, version) < announced:
        raise ReleaseError(
            f"{subject.name}: its fragments announce a {announced.word} release, "
            f"and {version} is none after {last}"
        )


def _expect_siblings(git: Git, subject: Package) -> None:
    for each in subject.siblings():
        if not any(version in each.specifier for version in releases(git, each.name)):
            raise ReleaseError(
                f"{subject.name} requires {each}, and no release is that: release {each.name} first"
            )


def _expect_step(verdict: Verdict, version: Version) -> None:
    unannounced = verdict.too_small(version)
    if unannounced:
        listed = "\n".join(f"  {each}" for each in unannounced)
        raise ReleaseError(
            f"{verdict.package.name} {version} would hide these changes since {verdict.last}:\n"
            f"{listed}"
        )


def _generate(root: Path, *arguments: str) -> None:
    command = [sys.executable, str(root / "codegen" / "generate.py"), *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(
            f"generate.py {' '.join(arguments)} does not pass:\n{done.stdout}{done.stderr}"
        )
