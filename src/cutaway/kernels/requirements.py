"""The forms in which packages are asked for, by kind: pip, conda, apt, npm."""

from __future__ import annotations

import re

from cutaway.core.errors import InputError

KINDS = ("pip", "conda", "apt", "npm")

FORMS = {
    "pip": re.compile(r"[A-Za-z0-9](?:[\w.-]*\w)?\s*(?:\[[\w\s,.-]*\])?\s*(?:[(<>=!~@;].*)?"),
    "conda": re.compile(r"(?:[\w./-]+::)?[A-Za-z0-9_][\w.-]*(?:[\s=<>!~\[].*)?"),
    "apt": re.compile(r"[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?"),
    "npm": re.compile(r"(?:@[a-z0-9~-][\w.~-]*/)?[a-z0-9~-][\w.~-]*(?:@[^\s@/:]+)?"),
}
EXAMPLES = {"pip": "numpy==2.*", "conda": "gdal>=3.8", "apt": "r-base-core", "npm": "tslab@1.0.22"}


def checked(kind: str, asked: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The requirements as they are, each of them of its kind's form and none asked for twice.

    Raises: InputError: one is of another form (an option, a folder, a line break) or stands there twice.
    """
    seen: dict[str, str] = {}
    for one in asked:
        if not FORMS[kind].fullmatch(one):
            raise InputError(f"{place}: expected {kind} packages such as {EXAMPLES[kind]!r}, got {one!r}")
        if one in seen.values():
            raise InputError(f"{place}: {one!r} stands there twice; leave one out")
        other = seen.setdefault(title(kind, one), one)
        if other != one and ";" not in one:
            raise InputError(f"{place}: {other!r} and {one!r} ask for the same package; leave one out")
    return asked


def title(kind: str, asked: str) -> str:
    """The package's name without version, extras or channel, in its normal form.

    >>> title("pip", "Tensorflow_CPU[and-cuda]==2.21.*"), title("conda", "conda-forge::gdal >=3")
    ('tensorflow-cpu', 'gdal')
    >>> title("npm", "@types/node@20"), title("apt", "r-base-core=4.2")
    ('@types/node', 'r-base-core')
    """
    if kind == "pip":
        return re.sub(r"[-_.]+", "-", re.split(r"[\s\[(<>=!~@;]", asked, maxsplit=1)[0]).lower()
    if kind == "conda":
        return re.split(r"[\s=<>!~\[]", asked.rpartition("::")[2], maxsplit=1)[0].lower()
    if kind == "npm":
        return asked[:1] + asked[1:].partition("@")[0]
    return asked.partition("=")[0]
