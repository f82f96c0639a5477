"""How the tools that fetch packages are told of mirrors, proxies and certificates: by their environment variables.

A user's own configuration is kept: uv's and npm's they read themselves, and pip's is translated for uv.
"""

from __future__ import annotations

import configparser
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cutaway.core.errors import InputError
from cutaway.kernels import tools, wheel
from cutaway.kernels.launchers import wants_this
from cutaway.kernels.model import Network, Setup

OF_UV = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX")
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
SYSTEMS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
TRANSLATED = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """The variables of a program that fetches packages, and what precedes a conda channel's name."""

    variables: dict[str, str]
    conda: str | None


def reach(setup: Setup, outer: Mapping[str, str] | None = None) -> Reach:
    """What the setup's network and the user's own configuration come to.

    Raises: InputError: the file of certificates is not there.
    """
    before = dict(os.environ if outer is None else outer)
    out = {name: value for name, value in before.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")}
    if not any(before.get(name) for name in OF_UV) and not _uv_configured(before):
        out.update({name: value for name, value in of_pip(before).items() if name not in before})
    out.update(variables(setup.network))
    if setup.network.ca is not None:
        out.update(dict.fromkeys(CERTIFICATES, str(_certificates(setup, out))))
    if any(map(wants_this, setup.kernels)):
        folder = wheel.kept(setup.folder / ".kernels/wheels").parent
        out["UV_FIND_LINKS"] = ",".join(filter(None, [out.get("UV_FIND_LINKS"), str(folder)]))
    return Reach(out, setup.network.conda)


def _certificates(setup: Setup, outer: Mapping[str, str]) -> Path:
    """A file of the system's authorities and the setup's own: to most tools one file is all that there are."""
    known = [outer.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *SYSTEMS]
    first = next((Path(one).read_text("utf-8") for one in known if one and Path(one).is_file()), "")
    place = setup.folder / ".kernels" / "certificates.pem"
    tools.replaced(place, first.rstrip("\n") + "\n" + certificates(setup))
    return place


def certificates(setup: Setup) -> str:
    """The setup's own authorities; nothing where it names none.

    Raises: InputError: the file is not there.
    """
    if setup.network.ca is None:
        return ""
    try:
        return (setup.folder / setup.network.ca).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"network.ca {setup.network.ca!r}: expected a file of certificates (PEM) beside the setup, got none"
        ) from error


def variables(network: Network) -> dict[str, str]:
    """The variables that a file's `[network]` asks for, but for the certificates."""
    out: dict[str, str] = {}
    if network.proxy is not None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            out[name] = out[name.lower()] = network.proxy
    if network.no_proxy is not None:
        out["NO_PROXY"] = out["no_proxy"] = network.no_proxy
    mirrors = {
        "UV_DEFAULT_INDEX": network.pip,
        "npm_config_registry": network.npm,
        "UV_PYTHON_INSTALL_MIRROR": network.pythons,
    }
    return out | {name: value for name, value in mirrors.items() if value is not None}


def of_pip(outer: Mapping[str, str]) -> dict[str, str]:
    """The configuration of pip (its files and its variables) as uv's variables; pip's choice among indexes with it."""
    said: dict[str, str] = {}
    for path in _pip_files(outer):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue  # pip itself tells what is wrong with its file
        for section in ("global", "install"):
            if parser.has_section(section):
                said.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    for key in TRANSLATED:
        value = outer.get("PIP_" + key.upper().replace("-", "_"))
        if value:
            said[key] = value
    out: dict[str, str] = {}
    for key, name in TRANSLATED.items():
        words = said.get(key, "").split()
        if words:
            out[name] = ("," if name == "UV_FIND_LINKS" else " ").join(words)
    if "UV_INDEX" in out or "UV_FIND_LINKS" in out:
        out["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: the best version of all that are offered
    return out


def _pip_files(outer: Mapping[str, str]) -> list[Path]:
    given = outer.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    home = Path(outer.get("HOME") or Path.home())
    shared = [Path(one) / "pip/pip.conf" for one in outer.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if one]
    own = Path(outer.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf"
    found = [*shared, Path("/etc/pip.conf"), home / ".pip/pip.conf", own, *([Path(given)] if given else [])]
    return [path for path in found if path.is_file()]


def _uv_configured(outer: Mapping[str, str]) -> bool:
    home = Path(outer.get("HOME") or Path.home())
    own = Path(outer.get("XDG_CONFIG_HOME") or home / ".config") / "uv/uv.toml"
    return own.is_file() or Path("/etc/uv/uv.toml").is_file() or bool(outer.get("UV_CONFIG_FILE"))
