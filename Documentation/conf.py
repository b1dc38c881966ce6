# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Sphinx configuration.  Uses what Debian's python3-sphinx brings, and for the
# pictures graphviz and mscgen.

import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))

sys.path.insert(0, here)
extensions = ['msc', 'sphinx.ext.graphviz']
graphviz_output_format = 'svg'

project = 'ovs-netvsc'
copyright = '2026, The ovs-netvsc Authors'
author = 'The ovs-netvsc Authors'

with open(os.path.join(here, '..', 'configure.ac')) as f:
    release = re.search(r'AC_INIT\(\[[^]]*\], \[([^]]*)\]\)', f.read()).group(1)
version = release

needs_sphinx = '3.0'
root_doc = master_doc = 'index'
source_suffix = '.rst'
exclude_patterns = ['_build', 'topics/benchmarks', 'topics/comparison']
highlight_language = 'none'

# Options such as --follow are typed, not typeset.
smartquotes = False

html_theme = 'alabaster'
html_theme_options = {
    'description': 'Open vSwitch ports for Hyper-V and Azure',
    'page_width': '1000px',
}
html_static_path = ['static']
html_css_files = ['netvsc.css']
html_show_sourcelink = False

# Source, name, description, authors, section.
man_pages = [
    ('ref/ovs-netvsc.8', 'ovs-netvsc',
     'NetVSC interfaces and Open vSwitch', author, 8),
    ('ref/ovs-netvsc-lab.8', 'ovs-netvsc-lab',
     'a Hyper-V host in miniature', author, 8),
    ('ref/ovs-vswitchd-netvsc.7', 'ovs-vswitchd-netvsc',
     'Open vSwitch ports of type netvsc', author, 7),
]
