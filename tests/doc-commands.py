#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# The commands of the documentation: who runs them, and running them.
#
#     doc-commands.py check TOP TITLES
#     doc-commands.py run PAGE.rst KIND SHELL [ARG]...
#     doc-commands.py list PAGE.rst...
#
# A command is a line of a literal block that begins with "$ " or "# ", with
# the lines that its backslashes continue.  Each block that has one must say in
# its class what runs its commands:
#
#     .. code-block:: console
#        :class: lab
#
# The classes are those of KINDS below.  Instead, a comment in front of the
# block may name another test, in whose file the commands have to be then:
#
#     .. test: TITLE
#
# "check" demands all of that, in README.rst and all pages below
# TOP/Documentation, and that the tests that have to run the commands are among
# TITLES, a file with the titles of the test suite's groups.
#
# "run" runs the blocks of KIND, literally and in their order, in one SHELL.
# Each command must succeed.  The lines after it are what it must print, by and
# by at least, between other lines perhaps; see like() for what may differ.
# Comments between the blocks have what is not for the reader to do.  After
# ".. host:" it is what the host of the virtual machine does, arguments for the
# command $DOC_HOST; after ".. guest:" and ".. sources:" it is a command for
# the SHELL that runs the blocks of class lab and sources.

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

# Class: title of the test that runs the commands of a page, None if nobody
# can here.
KINDS = {
    'lab': 'docs - commands of %s work in the lab',
    'sources': 'docs - commands of %s work in the sources',
    'package': 'docs - commands of %s work with the package',
    'hyper-v': None,
}
# What runs the tests, or the guest of some, is not run by them.
RUNNER = r'tests/(run|system/(run|compare))\.sh( |$)|make check'

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
        self.commands = list(split_commands(node.astext()))
        self.test = None        # Title of another test.
        before = node.parent[:node.parent.index(node)]
        if before and isinstance(before[-1], docutils.nodes.comment):
            m = re.match(r'test: (.+)', before[-1].astext(), re.S)
            self.test = m and ' '.join(m.group(1).split())


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
    """Yields the blocks of 'path' that have commands, and what comments have
    between them, as pairs of a word and what follows it."""
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
        elif isinstance(node, docutils.nodes.literal_block):
            block = Block(node)
            if block.commands:
                yield block


def pages(top):
    yield 'README.rst'
    for folder, folders, names in os.walk(os.path.join(top, 'Documentation')):
        folders[:] = sorted(f for f in folders if f != '_build')
        for name in sorted(names):
            if name.endswith('.rst'):
                yield os.path.relpath(os.path.join(folder, name), top)


def normal(text):
    """Commands in a test are quoted, continued and have paths in front."""
    text = re.sub(r'\bdnl\n|\\\n', ' ', text)
    text = re.sub(r'\$\{?abs_top_(src|build)dir\}?/|["\']', '', text)
    return ' '.join(text.split())


def has_not(top, title, commands):
    """Returns the first of 'commands' that is not in the file of TOP/tests
    that has the test 'title'."""
    text = ''
    for name in os.listdir(os.path.join(top, 'tests')):
        if name.endswith('.at'):
            t = open(os.path.join(top, 'tests', name)).read()
            if 'AT_SETUP([%s])' % title in t:
                text += normal(t)
    for command in commands:
        if normal(command) not in text:
            return command
    return None


def check(top, titles):
    titles = set(open(titles).read().splitlines())
    n = wrong = 0
    for page in pages(top):
        short = re.sub('^Documentation/', '', page)
        for block in parse(os.path.join(top, page)):
            if isinstance(block, tuple):
                continue
            n += 1
            if all(re.match(RUNNER, c) for c, _ in block.commands):
                continue
            if block.test:
                missed = has_not(top, block.test,
                                 [c for c, _ in block.commands])
                if block.test in titles and not missed:
                    continue
                why = 'the test "%s" does not' % block.test
            elif len(block.kinds) != 1:
                why = 'give its block one of the classes ' + ', '.join(KINDS)
            else:
                title = KINDS[block.kinds[0]]
                if not title or title % short in titles:
                    continue
                why = 'there is no test "%s"' % (title % short)
            wrong += 1
            print('%s: nothing runs "%s": %s' %
                  (page, block.commands[0][0], why))
    if not n:
        print('no command found')
    return 1 if wrong or not n else 0


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
        for block in parse(path):
            if not isinstance(block, tuple):
                for command, _ in block.commands:
                    print('%s: %s: %s' % (path, ' '.join(block.kinds) or '-',
                                          command))
    return 0


def main(args):
    if len(args) == 3 and args[0] == 'check':
        return check(args[1], args[2])
    if len(args) >= 4 and args[0] == 'run' and args[2] in KINDS:
        return run(args[1], args[2], args[3:])
    if len(args) >= 2 and args[0] == 'list':
        return show(args[1:])
    print('usage: doc-commands.py check TOP TITLES | run PAGE KIND SHELL... '
          '| list PAGE...', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
