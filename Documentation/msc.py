# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Sphinx extension: a message sequence chart, drawn by mscgen as SVG.
#
#     .. msc:: What the picture shows
#
#        host, guest;
#        host -> guest [label="VF is gone"];
#
# The content is what mscgen(1) takes between "msc {" and "}".  Only HTML has
# pictures; elsewhere there is the text of what it shows.

import hashlib
import os
import subprocess

from docutils import nodes
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxDirective


class msc(nodes.General, nodes.Element):
    pass


class Msc(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        text = 'msc {\n%s\n}\n' % '\n'.join(self.content)
        return [msc(text=text, alt=' '.join(self.arguments[0].split()))]


def draw(text, path):
    try:
        subprocess.run(['mscgen', '-T', 'svg', '-i', '-', '-o', path],
                       input=text, text=True, check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        raise SphinxError('mscgen not found (Debian: apt-get install mscgen)')
    except subprocess.CalledProcessError as e:
        raise SphinxError('mscgen: %s\n%s' % (e.stdout, text))


def visit_html(self, node):
    name = 'msc-%s.svg' % hashlib.sha1(node['text'].encode()).hexdigest()[:12]
    folder = os.path.join(self.builder.outdir, self.builder.imagedir)
    os.makedirs(folder, exist_ok=True)
    draw(node['text'], os.path.join(folder, name))
    self.body.append('<p class="msc"><img src="%s/%s" alt="%s"/></p>\n'
                     % (self.builder.imgpath, name,
                        self.encode(node['alt'])))
    raise nodes.SkipNode


def visit_text(self, node):
    self.add_text('[%s]' % node['alt'])
    raise nodes.SkipNode


def visit_man(self, node):
    self.body.append('[%s]\n' % node['alt'])
    raise nodes.SkipNode


def setup(app):
    app.add_node(msc, html=(visit_html, None), text=(visit_text, None),
                 man=(visit_man, None))
    app.add_directive('msc', Msc)
    return {'version': '1', 'parallel_read_safe': True,
            'parallel_write_safe': True}
