#!/usr/bin/env bash
# The system packages that some tests need: installed where that may be done (apt, as root). Prints those that are still absent;
# `make test` then leaves out the tests that need them and says so.
set -uo pipefail

present() {
  case $1 in
    chromium | skopeo | umoci) command -v "$1" >/dev/null ;;
    r-cran-irkernel) [ -e /usr/lib/R/site-library/IRkernel ] ;;
    r-cran-mlbench) [ -e /usr/lib/R/site-library/mlbench/data/Shuttle.rda ] ;;
    postgresql) compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null ;;
    dataset-fashion-mnist) [ -e /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz ] ;;
  esac
}

absent() { for name in chromium r-cran-mlbench dataset-fashion-mnist postgresql r-cran-irkernel skopeo umoci; do present "$name" || echo "$name"; done; }

wanted=$(absent)
if [ -n "$wanted" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing" $wanted "(for the tests)" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 || true
  for name in $wanted; do
    apt-get install -y -qq --no-install-recommends "$name" >/dev/null || echo "apt-get could not install $name" >&2
  done
  wanted=$(absent)
fi
echo $wanted
