"""What a plan says: laws of every kernel specification and of the server's configuration."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import local, lock, plan
from cutaway.kernels.inside.activated_exec import KEPT
from cutaway.kernels.model import parsed
from tests.kernels import samples


def test_every_word_of_a_command_that_is_a_path_is_absolute(tmp_path: Path) -> None:
    for content in plan.in_image(samples.setup(tmp_path)).specifications.values():
        wrapper, isolated, script, *rest = content["argv"]
        assert (wrapper, isolated) == ("/opt/kernels/server/bin/python", "-IS")
        assert script == "/opt/kernels/bin/activated_exec.py"
        while rest[0].startswith("--"):
            rest = rest[2:]
        prefix, program, *_ = rest
        assert prefix.startswith("/opt/kernels/env/") or prefix == "/usr"
        assert program.startswith(f"{prefix}/")
        assert any("{connection_file}" in word for word in rest)


def test_limits_and_variables_are_in_the_specification(tmp_path: Path) -> None:
    content = plan.in_image(samples.setup(tmp_path)).specifications["tf"]
    assert content["display_name"] == "TensorFlow"
    assert content["argv"][3:8] == ["--memory", "6000000000", "--threads", "2", "/opt/kernels/env/tf"]
    assert content["env"][KEPT] == "GREETING,TF_CPP_MIN_LOG_LEVEL"
    assert content["env"]["GREETING"] == 'it\'s "so" $$HOME'
    assert "env" not in plan.in_image(samples.setup(tmp_path)).specifications["r"]


def test_only_the_kernels_of_the_file_are_shown(tmp_path: Path) -> None:
    configured = plan.in_image(samples.setup(tmp_path)).configuration
    assert configured["KernelSpecManager"]["allowed_kernelspecs"] == ["geo", "js", "r", "tf"]
    assert configured["KernelSpecManager"]["ensure_native_kernel"] is False


@pytest.mark.parametrize("inside", [True, False])
def test_a_foreign_host_is_refused_and_root_is_never_allowed_silently(tmp_path: Path, inside: bool) -> None:
    configured = plan.configuration(samples.setup(tmp_path), notebooks="/n", port=1, inside=inside)["ServerApp"]
    assert configured["allow_remote_access"] is False
    assert configured["local_hostnames"] == ["localhost", "127.0.0.1"]
    assert configured["ip"] == ("0.0.0.0" if inside else "127.0.0.1")
    assert "allow_root" not in configured
    assert "token" not in json.dumps(configured).lower()


def test_a_plan_is_values(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path)
    assert plan.in_image(setup) == plan.in_image(setup)
    assert list(plan.in_image(setup).files()) == sorted(plan.in_image(setup).files())
    here = plan.planned(setup, plan.Layout(PurePosixPath("/a b")), {})
    assert {one.name: str(one.prefix) for one in here.environments}["tf"] == "/a b/env/tf"


def test_a_notebooks_folder_that_is_not_there(tmp_path: Path) -> None:
    setup = parsed("[kernels.a]\npip = ['x']\n[server]\nnotebooks = 'nowhere'", folder=tmp_path)
    with pytest.raises(InputError, match=r"server\.notebooks: expected a folder, got 'nowhere'"):
        local.plan_of(setup)


def test_a_lock_holds_until_what_it_was_made_for_changes(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path)
    locked = samples.lock(setup)
    lock.place(setup).write_text(locked.text())
    assert lock.current(setup) == locked
    shown = samples.setup(tmp_path, samples.TEXT.replace('"TensorFlow"', '"Another"').replace("8899", "1"))
    assert lock.current(shown) == locked
    changed = samples.setup(tmp_path, samples.TEXT.replace("2.21", "2.20"))
    with pytest.raises(InputError, match=r"\[kernels\.tf\] has been changed since it was locked"):
        lock.current(changed)


def test_a_lock_that_is_none(tmp_path: Path) -> None:
    place = tmp_path / "kernels.lock"
    with pytest.raises(InputError, match="cutaway kernels lock writes it"):
        lock.read(place)
    for text in ("", "[]", '{"format": 1}'):
        place.write_text(text)
        with pytest.raises(InputError, match="is no lock"):
            lock.read(place)
    place.write_text('{"format": 99}')
    with pytest.raises(InputError, match="another release's"):
        lock.read(place)
