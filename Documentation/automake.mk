# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# Every file of the documentation is listed here.
DOC_SOURCE = \
	Documentation/conf.py \
	Documentation/msc.py \
	Documentation/static/netvsc.css \
	Documentation/index.rst \
	Documentation/intro/index.rst \
	Documentation/intro/what-is-ovs-netvsc.rst \
	Documentation/intro/how-it-works.rst \
	Documentation/intro/install.rst \
	Documentation/howto/index.rst \
	Documentation/howto/port.rst \
	Documentation/howto/auto.rst \
	Documentation/howto/azure-mlx5.rst \
	Documentation/howto/azure-mana.rst \
	Documentation/howto/hyper-v.rst \
	Documentation/howto/ovn.rst \
	Documentation/howto/migration.rst \
	Documentation/howto/lab.rst \
	Documentation/ref/index.rst \
	Documentation/ref/options.rst \
	Documentation/ref/status.rst \
	Documentation/ref/statistics.rst \
	Documentation/ref/appctl.rst \
	Documentation/ref/ovs-netvsc.8.rst \
	Documentation/ref/ovs-netvsc-lab.8.rst \
	Documentation/ref/ovs-vswitchd-netvsc.7.rst \
	Documentation/topics/index.rst \
	Documentation/topics/benchmarks.rst \
	Documentation/topics/benchmarks/cycles.svg \
	Documentation/topics/benchmarks/failover.svg \
	Documentation/topics/benchmarks/fairness.svg \
	Documentation/topics/benchmarks/fallback.svg \
	Documentation/topics/benchmarks/idle.svg \
	Documentation/topics/benchmarks/results.rst \
	Documentation/topics/comparison.rst \
	Documentation/topics/comparison/results.rst \
	Documentation/topics/design.rst \
	Documentation/topics/parity.rst \
	Documentation/topics/system-tests.rst \
	Documentation/topics/troubleshooting.rst

EXTRA_DIST += $(DOC_SOURCE)

DOC_BUILD = Documentation/_build
DOC_MAN_PAGES = ovs-netvsc.8 ovs-netvsc-lab.8 ovs-vswitchd-netvsc.7

docs:
if HAVE_SPHINX
	$(AM_V_GEN)for builder in html man; do \
	  $(SPHINXBUILD) -W -q -b $$builder -d $(DOC_BUILD)/doctrees \
	    '$(srcdir)/Documentation' $(DOC_BUILD)/$$builder || exit 1; \
	done
else
	@echo "sphinx-build not found when configured" \
	  "(Debian: apt-get install python3-sphinx)" >&2
	@exit 1
endif
.PHONY: docs

# The man pages are installed if "make docs" has made them: a build must not
# need Sphinx.
install-data-local: install-man-pages
install-man-pages:
	@for page in $(DOC_MAN_PAGES); do \
	  from=$(DOC_BUILD)/man/$$page; \
	  to='$(DESTDIR)$(mandir)'/man$${page##*.}; \
	  test -f $$from || continue; \
	  $(MKDIR_P) "$$to" && $(INSTALL_DATA) $$from "$$to" || exit 1; \
	done
uninstall-local: uninstall-man-pages
uninstall-man-pages:
	@for page in $(DOC_MAN_PAGES); do \
	  rm -f '$(DESTDIR)$(mandir)'/man$${page##*.}/$$page; \
	done
.PHONY: install-man-pages uninstall-man-pages

CLEAN_LOCAL += clean-docs
clean-docs:
	rm -rf $(DOC_BUILD)
