#!/usr/bin/env bash
# tools/install.sh VENV PACKAGE: make the virtual environment VENV, unless it is there, and install PACKAGE into it, editable.
# PYTHON names another interpreter; CUTAWAY_CONSTRAINTS a file of pins (constraints.txt where CI is set).
set -euo pipefail
venv=$1 package=$2

enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if [ -x "$venv/bin/python" ] && ! enough "$venv/bin/python"; then
  rm -rf "$venv" # its interpreter is gone or too old
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  python=
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if enough "$candidate"; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    echo "cutaway needs Python 3.11 or newer; found ${PYTHON:-$(python3 --version 2>&1 || true)}. Name one: make PYTHON=/path/to/python3.12 …" >&2
    exit 1
  fi
  if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then # Debian keeps it in a package of its own
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null
    else
      echo "This Python has no ensurepip, so no virtual environment can be made: install python$version-venv, then try again." >&2
      exit 1
    fi
  fi
  echo "Making $venv with $("$python" --version)"
  "$python" -m venv --clear "$venv"
fi

pins=()
constraints=${CUTAWAY_CONSTRAINTS:-${CI:+constraints.txt}}
if [ -n "$constraints" ]; then
  pins=(--constraint "$constraints")
fi
echo "Installing $package (a few minutes the first time)"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check ${pins[@]+"${pins[@]}"} --editable "$package"
