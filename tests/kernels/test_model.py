"""What may stand in `kernels.toml`, and the sentence for each thing that may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import CutawayError, InputError
from cutaway.kernels import launchers, model, requirements
from cutaway.kernels.example import EXAMPLE
from cutaway.kernels.model import parsed

BAD = {
    "[kernals.a]\npip = ['x']": "kernals: no such key; did you mean kernels?",
    "[kernels.a]\npipp = ['x']": "kernels.a.pipp: no such key; did you mean pip?",
    "[kernels.a]\npip = ['x']\n[server]\nprot = 1": "server.prot: no such key; did you mean port?",
    "[kernels.a]\npip = ['x']\n[network]\nproxxy = 'http://p'": "network.proxxy: no such key; did you mean proxy?",
    "[kernels.tf]\npip = ['x']\n[kernels.tf]\npip = ['y']": "two kernels are named 'tf'",
    "[kernels.a]\npip = ['x']\n[kernels.b]\npip = ['x']\ndisplay = 'A'": "a and kernels.b are both shown as 'A'",
    "": "expected at least one kernel",
    "[kernels.A]\npip = ['x']": "lower-case letters",
    "[kernels.'a/b']\npip = ['x']": "lower-case letters",
    "[kernels.'-a']\npip = ['x']": "lower-case letters",
    "[kernels.a]": "expected packages in pip, conda, apt or npm",
    "[kernels.a]\npip = 'numpy'": "kernels.a.pip: expected a list of texts",
    "[kernels.a]\npip = ['-r other.txt']": "expected pip packages such as",
    "[kernels.a]\npip = ['--index-url=http://x y']": "expected pip packages such as",
    "[kernels.a]\npip = ['numpy', 'NumPy==2']": "ask for the same package",
    "[kernels.a]\napt = ['r-base; rm -rf x']": "expected apt packages such as",
    "[kernels.a]\nnpm = ['git+ssh://x']": "expected npm packages such as",
    "[kernels.a]\napt = ['bash']": "none of its packages is a kernel that cutaway knows",
    "[kernels.a]\npip = ['x']\nchannels = ['c']": "is for conda packages",
    "[kernels.a]\npip = ['x']\npython = 3.11": "expected a Python such as '3.11'",
    "[kernels.a]\npip = ['x']\nmemory = 'much'": "expected a size such as",
    "[kernels.a]\npip = ['x']\nthreads = 0": "a whole number from 1 to",
    "[kernels.a]\npip = ['x']\nthreads = true": "a whole number from 1 to",
    "[kernels.a]\npip = ['x']\nargv = ['ir']": "with {connection_file} among its arguments",
    "[kernels.a]\npip = ['x']\n[kernels.a.env]\nPATH = 'x'": "is set by the activation",
    "[kernels.a]\npip = ['x']\n[kernels.a.env]\n'A B' = 'x'": "expected a variable's name",
    "[kernels.a]\npip = ['x']\n[kernels.a.env]\nA = 1": "expected one line of text in quotes",
    "[kernels.a]\npip = ['x']\n[server]\nport = 99999": "a whole number from 0 to 65535",
    "[kernels.a]\npip = ['x']\n[server]\nbase = '--privileged'": "expected an image such as",
    "[kernels]\na = 3": "expected a table",
    "[kernels.a": "expected TOML, got a syntax error",
}


@pytest.mark.parametrize(("text", "said"), BAD.items(), ids=[str(number) for number in range(len(BAD))])
def test_what_is_wrong_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        parsed("[kernels.a]\npip = ['x']\n[server]\npassword = 'hunter2'")
    assert "hunter2" not in str(caught.value)
    hashed = "argon2:$argon2id$v=19$m=10240,t=10,p=8$c29tZXNhbHQ$aGFzaA"
    assert parsed(f"[kernels.a]\npip = ['x']\n[server]\npassword = '{hashed}'").server.password == hashed


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parsed(text).kernels
    except CutawayError as error:
        assert str(error)


def test_the_example_is_a_setup() -> None:
    setup = parsed(EXAMPLE)
    assert [kernel.name for kernel in setup.kernels] == ["tensorflow", "pytorch", "r"]
    assert setup.kernels[0].env == {"TF_CPP_MIN_LOG_LEVEL": "2"}
    uncommented = EXAMPLE.replace("# [", "[")
    for key in ("conda", "channels", "npm", "ca", "proxy", "pip", "memory", "threads", "base", "cpus", "python"):
        uncommented = uncommented.replace(f"\n# {key} =", f"\n{key} =")
    both = parsed(uncommented)
    assert [kernel.name for kernel in both.kernels] == ["tensorflow", "pytorch", "r", "geo", "js"]
    assert both.network.ca == "company.pem"
    assert both.kernels[0].memory == 6_000_000_000


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cutaway kernels init writes one"):
        model.read(tmp_path / "kernels.toml")
    (tmp_path / "kernels.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        model.read(tmp_path / "kernels.toml")
    with pytest.raises(InputError, match="expected a text file"):
        model.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "program", "language"),
    [
        ("pip = ['numpy']", "ipykernel", "python"),
        ("pip = ['Bash_Kernel==0.10']", "bash_kernel", "bash"),
        ("pip = ['deno>=2']", "deno", "typescript"),
        ("npm = ['tslab@1.0.22']", "tslab", "typescript"),
        ("apt = ['r-base-core', 'r-cran-irkernel']", "IRkernel", "R"),
        ("conda = ['conda-forge::r-irkernel >=1']", "IRkernel", "R"),
        ("conda = ['gdal']", "ipykernel", "python"),
        ("apt = ['octave']\npip = ['octave_kernel']", "octave_kernel", "octave"),
    ],
)
def test_the_packages_tell_the_program(text: str, program: str, language: str) -> None:
    found = launchers.launcher(parsed(f"[kernels.a]\n{text}").kernels[0])
    assert found is not None
    assert (found.name, found.language) == (program, language)


@pytest.mark.parametrize(
    ("text", "kind", "complete"),
    [
        ("pip = ['numpy']", "pip", ("numpy", "ipykernel", "pip")),
        ("pip = ['numpy', 'IPyKernel<7', 'pip']", "pip", ("numpy", "IPyKernel<7", "pip")),
        ("pip = ['bash_kernel']", "pip", ("bash_kernel", "pip")),
        ("conda = ['gdal']\npython = '3.12'", "conda", ("gdal", "python 3.12.*", "ipykernel", "pip")),
        ("conda = ['gdal', 'python 3.10.*']\npip = ['x']", "conda", ("gdal", "python 3.10.*")),
        ("conda = ['gdal', 'ipykernel']\npip = ['x']", "pip", ("x", "pip")),
        ("conda = ['gdal']\npip = ['x']", "pip", ("x", "ipykernel", "pip")),
        ("conda = ['r-irkernel']", "conda", ("r-irkernel",)),
        ("npm = ['tslab']", "npm", ("tslab",)),
    ],
)
def test_what_an_environment_lacks_is_added(text: str, kind: str, complete: tuple[str, ...]) -> None:
    assert launchers.complete(parsed(f"[kernels.a]\n{text}").kernels[0], kind) == complete


def test_the_same_package_for_two_machines_is_no_mistake() -> None:
    asked = ("torch==2.1; sys_platform == 'linux'", "torch==2.0; sys_platform == 'darwin'")
    assert requirements.checked("pip", asked, "kernels.a.pip") == asked
