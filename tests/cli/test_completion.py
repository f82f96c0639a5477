"""`cutaway completion` in a real bash: what the tab key offers for a line that has been begun."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cutaway.checks import discover
from cutaway.cli import VERBS, completion
from cutaway.studies import discover as studies
from tests.cli.conftest import Command

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
function=$(complete -p cutaway | sed -E 's/.* -F ([^ ]+).*/\\1/')
$function cutaway "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import shtab

    path = tmp_path_factory.mktemp("shell") / "cutaway"
    path.write_text(shtab.complete(completion.parser(), shell="bash"), encoding="utf-8")
    return path


def offered(script: Path, *words: str) -> set[str]:
    """What bash would show."""
    command = [str(shutil.which("bash")), "--norc", "-c", ASK, "ask", str(script), "cutaway", *words]
    done = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_verbs(script: Path) -> None:
    assert offered(script, "") == {*VERBS}
    assert offered(script, "co") == {"compare", "completion"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["audit", "--cost"], {"--cost-fp", "--cost-fn", "--cost-column"}),
        (["audit", "--lab"], {"--labels"}),  # of a folder of images
        (["tune", "--direction", "m"], {"maximize", "minimize"}),
        (["images", "--no-r"], {"--no-resume"}),
        (["kernels", "d"], {"docker"}),
        (["kernels", "up", "--lo"], {"--locked"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
        (["study", "cauchy", "--ht"], {"--html"}),
    ],
)
def test_options_and_their_values(words: list[str], expected: set[str], script: Path) -> None:
    assert offered(script, *words) == expected


def test_names_of_studies_and_checks(script: Path) -> None:
    assert offered(script, "study", "") == {one.name for one in studies()}
    assert offered(script, "checks", "") == {one.code for one in discover()}
    assert offered(script, "audit", "--select", "CAL") == {one.code for one in discover() if one.code.startswith("CAL")}
    (parameter,) = (one for one in studies() if one.name == "counts")
    names = {"--" + told["name"].replace("_", "-") for told in parameter.describe()["parameters"]}
    assert names <= offered(script, "study", "counts", "--")


def test_files_are_offered_where_a_file_is_taken(script: Path) -> None:
    (script.parent / "loans.csv").write_text("a\n1\n", encoding="utf-8")
    assert offered(script, "audit", "lo") == {"loans.csv"}


def test_every_verb_says_its_options() -> None:
    assert {*completion.QUESTIONS, "study", "kernels"} == {*VERBS}


def test_an_unknown_shell_is_refused(cutaway: Command) -> None:
    ended = cutaway("completion", "tcsh")
    assert ended.status == 2 and "'tcsh'" in ended.err and ended.err.count("\n") == 1
    assert cutaway("completion", "fish").out.count("complete -c cutaway") > 100
