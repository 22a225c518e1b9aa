# Needs Python 3.11 or newer, make and python3-venv. Everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STYLE := config/style
SASS := $(STYLE)/node_modules/.bin/sass --quiet --no-source-map --style=compressed --load-path=$(STYLE)/node_modules
FONT := $(STYLE)/node_modules/@fontsource/be-vietnam-pro
WORDS := $(wildcard scanner_page/words/*/LC_MESSAGES/*.po traceapp/words/*/LC_MESSAGES/*.po)

# `make run HOST=... PORT=...` wins over every other setting. PORT and HOST of the environment reach
# traceapp as they are: traceapp/settings.py says when they count, and knows the defaults.
ifeq ($(origin HOST),command line)
export TRACEAPP_HOST := $(HOST)
endif
ifeq ($(origin PORT),command line)
export TRACEAPP_PORT := $(PORT)
endif

.PHONY: run test lint format install install-dev pins outdated words style bench bench-pages bench-scan bench-scale bench-labels bench-reading page-weight sizing pictures clean

run: install  ## Serve a demonstration on HOST:PORT, 127.0.0.1:8000 by default.
	@$(BIN)/traceapp db upgrade
	@$(BIN)/traceapp demo
	@exec $(BIN)/traceapp serve

test: install-dev system-packages zpl-renderer  ## Everything a stranger needs to trust a change.
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: install-dev
	$(BIN)/ruff check --config config/ruff.toml .
	$(BIN)/ruff format --config config/ruff.toml --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev
	$(BIN)/ruff check --config config/ruff.toml --fix .
	$(BIN)/ruff format --config config/ruff.toml .

install: $(VENV)/.installed $(WORDS:.po=.mo)
install-dev: $(VENV)/.installed-dev $(WORDS:.po=.mo)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is too old: Python 3.11 or newer is needed (make PYTHON=...)"; exit 1; }
	@had=$$(ls -d $(VENV) 2>/dev/null); $(PYTHON) -m venv $(VENV) || { \
		rm -f $@; [ -n "$$had" ] || rm -rf $(VENV); \
		echo "install the package python3-venv first"; exit 1; }

$(VENV)/.installed: config/requirements.txt setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r config/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: config/requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r config/requirements-dev.txt
	@touch $@

%.mo: %.po | $(VENV)/.installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

# Debian packages that tests need: installed where that is allowed, named where it is not.
.PHONY: system-packages
system-packages:
	@missing=$$(for each in $$(cat config/system-packages.txt); do \
		command -v $$each >/dev/null || dpkg-query --show --showformat='$${Status}' $$each 2>/dev/null | grep -q 'ok installed' || echo $$each; done); \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; } \
	|| echo "missing system packages: $$missing (their tests will fail)"

# Tests look at ZPL through somebody else's renderer; nothing of it runs on a server.
.PHONY: zpl-renderer
zpl-renderer: system-packages
	@$(MAKE) --no-print-directory config/zpl/node_modules/.installed \
		|| echo "missing npm package: zpl-renderer-js (the tests of ZPL will fail)"

config/zpl/node_modules/.installed: config/zpl/package.json config/zpl/package-lock.json
	@npm ci --silent --ignore-scripts --prefix config/zpl
	@touch $@

# Pins follow setup.cfg: run after a change there, or to take newer versions.
pins: install-dev
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --upgrade setup.cfg -o config/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --upgrade --extra dev setup.cfg -o config/requirements-dev.txt
	echo pip-audit | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --upgrade - -o config/requirements-audit.txt

# What we stand on, against what there is now: newer versions, then known vulnerabilities. The second
# needs a registry that tells of them, as PyPI does; where it tells of none, this says so and fails.
outdated: install-dev $(VENV)/audit/.installed
	@echo "Newer than what is pinned here (take them with: make pins):"
	@$(BIN)/pip list --disable-pip-version-check --outdated --exclude pip --exclude setuptools
	@echo "Known vulnerabilities in what is pinned:"
	@for pins in config/requirements.txt config/requirements-dev.txt; do \
		$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
			--requirement $$pins || exit 1; done

$(VENV)/audit/.installed: config/requirements-audit.txt | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r config/requirements-audit.txt
	@touch $@

# New messages enter the catalogues; a test fails until they are translated.
words: install-dev
	for room in scanner_page traceapp; do \
		$(BIN)/pybabel --quiet extract --no-location --sort-output -k message -F $$room/words/babel.cfg -o $$room/words/messages.pot . \
		&& $(BIN)/pybabel --quiet update --no-fuzzy-matching --omit-header -i $$room/words/messages.pot -d $$room/words; \
		rm -f $$room/words/messages.pot; done

# What `make run` serves is committed: only who changes the style needs npm.
style: $(STYLE)/node_modules/.installed  ## Build the style sheets, the letters and the map anew.
	$(SASS) $(STYLE)/signed_in.scss traceapp/web/static/bootstrap.css
	cp $(STYLE)/node_modules/bootstrap/LICENSE traceapp/web/static/LICENSE-bootstrap.txt
	cp $(STYLE)/node_modules/datamaps/LICENSE scanner_page/LICENSE-datamaps.txt
	cp $(FONT)/LICENSE scanner_page/static/fonts/OFL-BeVietnamPro.txt
	for part in vietnamese-400 vietnamese-600 latin-400 latin-600; do \
		cp $(FONT)/files/be-vietnam-pro-$$part-normal.woff2 scanner_page/static/fonts/; done
	node $(STYLE)/letters.mjs scanner_page/static/fonts
	node $(STYLE)/map.mjs > scanner_page/map.json

$(STYLE)/node_modules/.installed: $(STYLE)/package.json $(STYLE)/package-lock.json
	npm ci --silent --prefix $(STYLE)
	@touch $@

bench: bench-pages bench-scan bench-scale bench-labels bench-reading  ## Every bench: slow, and never part of the tests.

bench-pages: install-dev  ## How long pages take, on the demonstration and with 1,000,000 scans.
	$(BIN)/python benches/pages.py

bench-scan: install-dev  ## Looks a second, beside a bare Flask page. Needs wrk.
	$(BIN)/python benches/scan.py

bench-scale: install-dev  ## Looks a second among millions of others, beside few. Needs wrk.
	$(BIN)/python benches/scale.py

bench-labels: install-dev  ## How fast labels are drawn and downloaded, beside others. Needs wrk.
	$(BIN)/python benches/labels.py

bench-reading: install-dev  ## How many labels a phone reads, for each design and error level.
	$(BIN)/python benches/reading.py

# Its browser and Node come from the system, Lighthouse from its lock file.
page-weight: install-dev system-packages config/lighthouse/node_modules/.installed  ## What the public pages weigh, and Lighthouse.
	$(BIN)/python benches/page_weight.py

config/lighthouse/node_modules/.installed: config/lighthouse/package.json config/lighthouse/package-lock.json
	npm ci --silent --ignore-scripts --prefix config/lighthouse
	@touch $@

sizing: install-dev  ## How large a machine has to be, from what was measured on this one.
	$(BIN)/python benches/sizing.py

pictures: install-dev system-packages  ## Draw the README's pictures anew.
	$(BIN)/python docs/pictures.py
	$(BIN)/python benches/reading.py --picture docs/reading.webp

clean:
	rm -rf $(VENV) $(STYLE)/node_modules config/lighthouse/node_modules config/zpl/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache
