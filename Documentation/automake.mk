# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# Every file of the documentation is listed here.
DOC_SOURCE =

EXTRA_DIST += $(DOC_SOURCE)

DOC_BUILD = Documentation/_build

docs:
if HAVE_SPHINX
	$(AM_V_GEN)$(SPHINXBUILD) -W -q -b html -d $(DOC_BUILD)/doctrees \
	  $(srcdir)/Documentation $(DOC_BUILD)/html
else
	@echo "sphinx-build not found when configured" \
	  "(Debian: apt-get install python3-sphinx)" >&2
	@exit 1
endif
.PHONY: docs

CLEAN_LOCAL += clean-docs
clean-docs:
	rm -rf $(DOC_BUILD)
