#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# The commands of the documentation: who runs them, and running them.  See
# --help.
#
# A command is a line of a literal block that begins with "$ " or "# ", with
# the lines that its backslashes continue.  Each block that has one must say in
# its class what runs its commands:
#
#     .. code-block:: console
#        :class: lab
#
# The classes are those of KINDS below.  Instead, a comment in front of the
# block may name another test, which has to have the commands then:
#
#     .. test: TITLE
#
# Commands that nobody can run here are of the class "untested", and the first
# line of their block tells the reader why, with one of the words in WHY:
#
#     (not tested: needs Hyper-V)
#
# A literal block without commands is a "code-block:: text".
#
# "check" demands all of that, and that the tests that have to run the commands
# are in the test suite.  Plain text that goes with a package may only have
# commands that the pages have too.
#
# "run" runs the blocks of KIND, literally and in their order, in one SHELL.
# Each command must succeed.  The lines after it are what it must print, by and
# by at least, between other lines perhaps; see like() for what may differ.
# Comments between the blocks have what is not for the reader to do.  After
# ".. host:" it is what the host of the virtual machine does, arguments for the
# command $DOC_HOST; after ".. guest:" and ".. sources:" it is a command for
# the SHELL that runs the blocks of class lab and sources.

import argparse
import glob
import os
import queue
import re
import shlex
import subprocess
import sys
import threading
import time

import docutils.core
import docutils.nodes
import docutils.parsers.rst
import docutils.utils

# Class: title of the test that runs the commands of a page.
KINDS = {
    'lab': 'docs - commands of %s work in the lab',
    'sources': 'docs - commands of %s work in the sources',
    'package': 'docs - commands of %s work with the package',
    'tests': None,              # They run the tests themselves, see RUNNER.
    'untested': None,           # Nobody can here.
}
RUNNER = r'tests/(run|system/(run|compare))\.sh( |$)|make check'
# What untested commands need.
WHY = {'needs Azure', 'needs huge pages', 'needs Hyper-V',
       'needs kernel modules', 'needs the network', 'needs systemd'}
# Languages of blocks that have no commands.
TEXT = {'text', 'none'}

# Pages that are not below Documentation/.
TOP_PAGES = ('README.rst', 'CONTRIBUTING.rst')

# What only shows something is repeated until it shows what is expected, ...
SHOWS = (r'netvsc/(show|history|list)|ovs-vsctl .*(get|list|show)|'
         r'ovs-netvsc (list|show|doctor)|lab status$')
SECONDS = 20                    # ... for so long.
# What stays until it is interrupted is given some seconds.
STAYS = r'--follow\b|ovs-netvsc watch'
TIMEOUT = 900                   # For a command to end.


class Block:
    def __init__(self, node):
        self.line = node.line or 0
        self.kinds = [k for k in KINDS if k in node['classes']]
        self.text = node.astext()
        self.is_text = bool(TEXT.intersection(node['classes']))
        self.commands = list(split_commands(self.text))
        self.test = None        # Title of another test.
        before = node.parent[:node.parent.index(node)]
        if before and isinstance(before[-1], docutils.nodes.comment):
            m = re.match(r'test: (.+)', before[-1].astext(), re.S)
            self.test = m and ' '.join(m.group(1).split())

    def first(self):
        """Returns the first command, or line, for people to find it."""
        return self.commands[0][0] if self.commands \
            else self.text.splitlines()[0]

    def why_untested(self):
        m = re.match(r'(?:\(|# )not tested: ([^)\n]+)\)?\n', self.text)
        return m and m.group(1)


def split_commands(text):
    """Yields the commands of a literal block, with the lines that follow."""
    command, output, goes_on = None, [], False
    for line in text.splitlines():
        if goes_on:
            command += '\n' + line
        elif re.match(r'[$#] +\S', line):
            if command:
                yield command, output
            command, output = line[1:].strip(), []
        elif command:
            output.append(line)
        goes_on = bool(command) and not output and command.endswith('\\')
    if command:
        yield command, output


def parse(path):
    """Yields the literal blocks of 'path', and what comments have between
    them, as pairs of a word and what follows it."""
    for name in ('doc', 'ref', 'test', 'option', 'program'):
        docutils.parsers.rst.roles.register_local_role(
            name, docutils.parsers.rst.roles.GenericRole(
                name, docutils.nodes.literal))
    tree = docutils.core.publish_doctree(
        open(path).read(), path, settings_overrides={'report_level': 5})
    for node in tree.traverse():
        if isinstance(node, docutils.nodes.comment):
            m = re.match(r'(host|guest|sources): (.+)', node.astext(), re.S)
            if m:
                yield m.group(1), ' '.join(m.group(2).split())
        elif isinstance(node, docutils.nodes.literal_block) \
                and not isinstance(node.parent, docutils.nodes.system_message):
            yield Block(node)


def blocks(path):
    return (b for b in parse(path) if isinstance(b, Block))


def pages(top):
    yield from TOP_PAGES
    for folder, folders, names in os.walk(os.path.join(top, 'Documentation')):
        folders[:] = sorted(f for f in folders if f != '_build')
        for name in sorted(names):
            if name.endswith('.rst'):
                yield os.path.relpath(os.path.join(folder, name), top)


def page_of(kind, title):
    """Returns the page whose commands of 'kind' the test 'title' runs."""
    m = KINDS[kind] and re.fullmatch(KINDS[kind] % '(.+)', title)
    return m and m.group(1)


def path_of(top, page):
    return os.path.join(top, '' if page in TOP_PAGES else 'Documentation',
                        page)


def normal(text):
    """Commands in a test are quoted, continued and have paths in front."""
    text = re.sub(r'\\\n', ' ', re.sub(r'[ \t]# .*', '', text))
    text = re.sub(r'\$\{?abs_top_(src|build)dir\}?/|["\']', '', text)
    return ' '.join(text.split())


def test_groups(suite):
    """Returns a dictionary of the groups of the test suite 'suite', which
    Autotest has made: what is between their title and their end, macros
    expanded."""
    return {re.sub(r'\\(.)', r'\1', m.group(2)): m.group(3)
            for m in re.finditer(
                r'^#AT_START_(\d+)\nat_fn_group_banner [^\n]*\\\n'
                r' *"((?:[^"\\]|\\.)*)"(.*?)^#AT_STOP_\1$',
                open(suite).read(), re.M | re.S)}


def run_by(top, groups, title):
    """Returns the text that has what the test 'title' runs."""
    for kind in KINDS:
        page = page_of(kind, title)
        if page:
            return '\n'.join(normal(c) for b in blocks(path_of(top, page))
                             if kind in b.kinds for c, _ in b.commands)
    return normal(groups[title])


def objection(top, groups, short, block):
    """Returns what is wrong with 'block', None if nothing is."""
    commands = [c for c, _ in block.commands]
    if block.test:
        if block.test not in groups or any(
                normal(c) not in run_by(top, groups, block.test)
                for c in commands):
            return 'the test "%s" does not' % block.test
    elif len(block.kinds) != 1:
        if commands or not block.is_text:
            return 'give its block one of the classes %s, or make it a ' \
                'code-block of text if it has no commands' % ', '.join(KINDS)
    elif block.kinds == ['untested']:
        if block.why_untested() not in WHY:
            return 'let its block begin with "(not tested: ...)", with one ' \
                'of: ' + ', '.join(sorted(WHY))
    elif block.kinds == ['tests']:
        if not all(re.match(RUNNER, c) for c in commands):
            return 'it does not run the tests'
    else:
        title = KINDS[block.kinds[0]] % short
        if title not in groups:
            return 'there is no test "%s"' % title
    return None


def check(top, suite):
    groups = test_groups(suite)
    known = set()
    wrong = 0
    for page in pages(top):
        short = re.sub('^Documentation/', '', page)
        for block in blocks(os.path.join(top, page)):
            known.update(normal(c) for c, _ in block.commands)
            why = objection(top, groups, short, block)
            if why:
                wrong += 1
                print('%s: nothing runs "%s": %s'
                      % (page, block.first(), why))
    for path in glob.glob(os.path.join(top, 'debian', '*README.Debian')):
        text = re.sub('^  ', '', open(path).read(), flags=re.M)
        for command, _ in split_commands(text):
            if normal(command) not in known:
                wrong += 1
                print('%s: no page has "%s"'
                      % (os.path.relpath(path, top), command))
    if not known:
        print('no command found')
    return 1 if wrong or not known else 0


def like(expected, line):
    """True if 'line' is what 'expected' stands for: "..." is anything, and
    numbers, MAC addresses and times may be others, but not numbers in names
    such as eth1, except the one that makes the name of a vdev unique."""
    def plain(text):
        text = re.sub(r'\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b', '0', text)
        text = re.sub(r'(net_[a-z_]+nv)\d+', r'\1', text)
        return re.sub(r'(?<![A-Za-z\d])\d+(?:\.\d+)?', '0',
                      ' '.join(text.split()))
    parts = [re.escape(plain(p)) for p in expected.split('...')]
    return re.fullmatch(r'\s*.*\s*'.join(parts), plain(line)) is not None


def missing(output, printed):
    """Returns the first line of 'output' that is not in 'printed', in order,
    None if all are."""
    lines = iter(printed)
    for expected in output:
        if expected.strip() not in ('', '...') \
           and not any(like(expected, line) for line in lines):
            return expected
    return None


class Shell:
    """A shell that is given one command after the other."""

    def __init__(self, argv):
        self.mark = 'end-of-command-%d' % os.getpid()
        self.shell = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors='replace')
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.shell.stdout:
            self.lines.put(line.rstrip('\n'))
        self.lines.put(None)

    def run(self, command):
        """Returns the status of 'command' and the lines that it printed."""
        self.shell.stdin.write("eval %s </dev/null\nprintf '\\n%s %%d\\n' $?\n"
                               % (shlex.quote(command), self.mark))
        self.shell.stdin.flush()
        printed, end = [], time.time() + TIMEOUT
        while True:
            try:
                line = self.lines.get(timeout=max(end - time.time(), 0.01))
            except queue.Empty:
                return 'none: it takes too long', printed
            if line is None:
                return 'none: the shell has ended', printed
            if line.startswith(self.mark):
                return int(line.split()[1]), printed
            printed.append(line)


def run_command(shell, command, output):
    """Runs 'command', again if what it only shows is not yet as in 'output'.
    Returns why it is not right, None if it is."""
    end = time.time() + SECONDS
    stays = re.search(STAYS, command)
    print('$ ' + command)
    while True:
        status, printed = shell.run('timeout 5 ' * bool(stays) + command)
        if stays and status == 124:
            status = 0
        line = missing(output, printed)
        if (status or line is not None) and time.time() < end \
           and re.search(SHOWS, command):
            time.sleep(0.2)
            continue
        print('\n'.join(printed))
        if status:
            return 'exit status %s' % status
        # What ovs-vsctl does not take for its own failure.
        if any('Error detected' in p for p in printed):
            return 'ovs-vswitchd does not accept it'
        return line and 'this is not in its output: ' + line


def run(page, kind, argv):
    shell = Shell(argv)
    n = 0
    for block in parse(page):
        if isinstance(block, tuple):
            where, what = block
            if (where == 'sources') != (kind == 'sources'):
                continue
            print('%s: %s' % block)
            if where == 'host':
                subprocess.run(shlex.split(os.environ['DOC_HOST'])
                               + shlex.split(what), check=True, timeout=120)
            else:
                status, printed = shell.run(what)
                print('\n'.join(printed))
                if status:
                    print('%s: "%s": exit status %s' % (page, what, status))
                    return 1
        elif kind in block.kinds:
            for command, output in block.commands:
                n += 1
                why = run_command(shell, command, output)
                if why:
                    print('%s: "%s": %s' % (page, command, why))
                    return 1
    if not n:
        print('%s has no commands of the kind "%s"' % (page, kind))
    return 0 if n else 1


def show(paths):
    for path in paths:
        for block in blocks(path):
            for command, _ in block.commands:
                print('%s: %s: %s' % (path, ' '.join(block.kinds) or '-',
                                      command))
    return 0


def main():
    parser = argparse.ArgumentParser(
        description='The commands of the documentation.  Exit status: 0 all '
        'is well, 1 not, 2 wrong usage.')
    actions = parser.add_subparsers(dest='action', required=True)
    action = actions.add_parser(
        'check', help='is each command run by a test, or marked?')
    action.add_argument('top', metavar='TOP', help='folder of the sources')
    action.add_argument('suite', metavar='SUITE', help='tests/testsuite')
    action = actions.add_parser('run', help='run those of a page')
    action.add_argument('page', metavar='PAGE.rst')
    action.add_argument('kind', metavar='KIND', choices=KINDS,
                        help='class of their blocks')
    action.add_argument('shell', metavar='SHELL', nargs=argparse.REMAINDER,
                        help='the shell, with its arguments')
    action = actions.add_parser('list', help='list those of pages')
    action.add_argument('pages', metavar='PAGE.rst', nargs='+')
    args = parser.parse_args()
    if args.action == 'check':
        return check(args.top, args.suite)
    if args.action == 'run':
        return run(args.page, args.kind, args.shell or parser.error('SHELL?'))
    return show(args.pages)


if __name__ == '__main__':
    sys.exit(main())
