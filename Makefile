# make help names the targets. Everything is installed into .venv (make bench: .venv-bench). Nothing else on the machine
# is touched, but for the system packages of tools/system_packages.sh, which make test calls.

VENV := .venv
RUN := $(VENV)/bin
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# Numba does not notice when a kernel called from another file changes, so each state of the kernels has its own cache.
KERNELS := $(shell grep -rl numba src --include='*.py' 2>/dev/null | LC_ALL=C sort | xargs cat 2>/dev/null | cksum | cut -d' ' -f1)
test test-fast doctest bench fuzz: export NUMBA_CACHE_DIR := $(CURDIR)/.cache/numba/$(KERNELS)

.PHONY: help demo test test-fast test-images check format lint types layers doctest bench docs new-check new-study web-types web web-check stored atlas fuzz dist test-release pip-audit clean
.DEFAULT_GOAL := help

help:
	@echo "make demo                     audit the embedded table and write the report to audit.html"
	@echo "make test                     all checks and all tests"
	@echo "make test-fast                the tests that take less than five seconds each"
	@echo "make test-images              the containers of cutaway kernels, built without a network and run (as root)"
	@echo "make check                    format, lint, types, layers, doctests"
	@echo "make format                   put the code into its format, and mend what the linter can"
	@echo "make bench                    the benchmarks; writes benchmarks/results/*.json and the README's table"
	@echo "make fuzz                     ten thousand hostile files for every reader (CASES=…, TARGETS=…)"
	@echo "make dist                     wheel, sources and bill of materials of the last commit, into dist/"
	@echo "make test-release             that wheel in clean environments: each Python, each extra"
	@echo "make pip-audit                known weaknesses of what is installed"
	@echo "make docs                     the documentation site, into build/docs"
	@echo "make new-check NAME=… CODE=…  a new check with its test, to fill in"
	@echo "make new-study NAME=… GROUP=… a new study with its test, to fill in"
	@echo "make web                      the front end's committed bundles, built again"
	@echo "make web-check                its format, types, tests, and that the bundles are current"
	@echo "make web-types                the front end's types, from Python's"
	@echo "make stored                   the studies' stored results, at their defaults"
	@echo "make atlas                    what every framework computes, run anew and packaged"
	@echo "make clean                    remove the environments and every cache"

demo: $(VENV)/.demo
	@echo "The first audit compiles its kernels, which takes about a minute; later ones take seconds."
	@$(RUN)/cutaway audit --format html --out audit.html
	@echo "Open $(CURDIR)/audit.html in a browser."

# What measures time runs first and alone, up to three times where a busy moment spoilt it; then the rest, the slow tests
# last. A failure of the first does not keep the others from being told.
test: $(VENV)/.test
	@mkdir -p .cache
	@tools/system_packages.sh > .cache/absent
	@$(MAKE) -j 2 --output-sync=target check
	@failed=; export CUTAWAY_ABSENT="$$(cat .cache/absent)"; \
	$(RUN)/pytest -q -m timing --reruns 2 || failed=1; \
	$(RUN)/pytest -q $(PARALLEL) -m "not timing" || failed=1; \
	test -z "$$failed"

test-fast: $(VENV)/.test
	@$(RUN)/pytest -q $(PARALLEL) -m "not timing and not slow"

# The programs that it needs are packages of Debian; it names those that are absent, and fails.
test-images: $(VENV)/.test
	@$(RUN)/python tools/kernel_images.py

check: lint types layers doctest web-check

lint: $(VENV)/.test
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .

types: $(VENV)/.test
	@$(RUN)/mypy

layers: $(VENV)/.test
	@$(RUN)/lint-imports --no-logo

# Files of frameworks hold no doctests (tests/test_layout.py), since importing them takes longer than all others together.
doctest: $(VENV)/.test
	@$(RUN)/pytest -q -n $(WORKERS) --doctest-modules src $(foreach one,keras torch,--ignore-glob='*/frameworks/$(one)*')

format: $(VENV)/.test
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

# Each in the environment that holds its competitors.
bench: $(VENV)-bench/.bench $(VENV)/.test
	@for one in logit epidemic; do $(VENV)-bench/bin/python benchmarks/$$one.py || exit; done
	@for what in faults clean speed large small; do $(VENV)-bench/bin/python benchmarks/audit.py $$what || exit; done
	@for what in exact large bounded bootstrap delong; do $(RUN)/python benchmarks/metrics.py $$what || exit; done
	@for one in losses calibration nets probes tails control logit_path images image_benefit image_checks tuning; do \
	  $(RUN)/python benchmarks/$$one.py || exit; done
	@for what in time kills; do $(RUN)/python benchmarks/tuning_overhead.py $$what || exit; done
	@$(RUN)/python benchmarks/text_choice.py
	@$(RUN)/python tools/corpus.py .cache/corpus.txt --keep-wordnet .cache/wordnet
	@$(VENV)-bench/bin/python benchmarks/embed.py --corpus .cache/corpus.txt --wordnet .cache/wordnet
	@$(RUN)/python tools/readme.py benchmarks

docs: $(VENV)/.test
	@$(RUN)/python tools/docs_pages.py
	@$(RUN)/sphinx-build -q -W --keep-going -j auto -b html docs build/docs
	@$(RUN)/python tools/docs_links.py build/docs
	@echo "Open $(CURDIR)/build/docs/index.html in a browser."

# Hypothesis changes good files; atheris, where pip finds it for this Python, looks for code that no file has reached.
fuzz: $(VENV)/.test
	@$(RUN)/python -m pip install -qq --disable-pip-version-check atheris || echo "atheris is not to be had here"
	@$(RUN)/python -m tests.fuzz $(TARGETS) --cases $(or $(CASES),10000)

dist: $(VENV)/.release
	@$(RUN)/python tools/release.py dist

test-release: dist
	@$(RUN)/python tools/release_check.py dist/*.whl

# --strict: a package that the service does not know is told as a failure, and not passed over.
pip-audit: $(VENV)/.release
	@$(RUN)/pip-audit --strict --skip-editable --desc on

new-check: $(VENV)/.test
	@$(RUN)/python tools/new_check.py "$(NAME)" "$(CODE)"

new-study: $(VENV)/.test
	@$(RUN)/python tools/new_study.py "$(NAME)" "$(GROUP)"

web: web/node_modules/.stamp
	@cd web && npm run --silent build

web-check: web/node_modules/.stamp
	@cd web && npm run --silent lint && npm run --silent check && npm test --silent
	@rm -rf .cache/web
	@cd web && for mode in lab notebook; do npx vite build --logLevel error --mode $$mode --outDir ../.cache/web/lab; done
	@cd web && for mode in page audit contest; do npx vite build --logLevel error --mode $$mode --outDir ../.cache/web/report; done
	@for one in lab report; do diff -rq src/cutaway/$$one/bundle .cache/web/$$one \
	  || { echo "The bundle of $$one is not what web/ builds: run make web and commit it." >&2; exit 1; }; done

# What the front end reads of Python: its types, and the studies' results at their defaults.
web-types: $(VENV)/.test
	@$(RUN)/python tools/web_types.py

stored: $(VENV)/.test
	@$(RUN)/python tools/stored.py

# Every framework of the comparisons must be installed, as in .test.
atlas: $(VENV)/.test
	@mkdir -p .cache
	@$(RUN)/cutaway compare --all --json .cache/atlas.json > .cache/atlas.txt
	@$(RUN)/python tools/atlas.py .cache/atlas.json

clean:
	rm -rf $(VENV) $(VENV)-bench .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +

# A stamp for each set of packages; a set is installed again when pyproject.toml or the pins change.
$(VENV)/.demo: pyproject.toml tools/install.sh
	@tools/install.sh $(VENV) .
	@touch $@
$(VENV)/.test: pyproject.toml constraints.txt tools/install.sh
	@tools/install.sh $(VENV) '.[test]'
	@touch $@ $(VENV)/.demo
$(VENV)/.release: $(VENV)/.test
	@tools/install.sh $(VENV) '.[release]'
	@touch $@
# The competitors ask for older packages than the tests, so they have an environment of their own, without pins.
$(VENV)-bench/.bench: pyproject.toml tools/install.sh
	@env -u CI -u CUTAWAY_CONSTRAINTS tools/install.sh $(VENV)-bench '.[test,bench]'
	@touch $@
web/node_modules/.stamp: web/package.json web/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
	  || { echo "The front end is built with Node 20.19 or later: install it from nodejs.org, then run this again." >&2; exit 1; }
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@
