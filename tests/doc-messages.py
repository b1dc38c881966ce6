#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Checks that documents have every message that the sources may give to people,
# or that the messages of a document are in the sources.  See --help.
#
# A message is a string that is passed to one of the functions in CALLS, or any
# string within one of the functions or tables in BODIES; or a finding of
# "ovs-netvsc doctor" that is no good news.  What is between its conversions,
# such as %s, must be in one of the documents, but for white space.
#
# In a document, a message is an entry: a term of a definition list, or a
# paragraph, that consists of literals.  What is between the words in capitals
# there, which stand for what differs, must be in some string of the sources,
# unless the message is one of FOREIGN.
#
# With --tested, what each finding of "ovs-netvsc doctor" that is no good news
# says must be in one of the tests.

import argparse
import re
import sys

CALLS = {
    'VLOG_INFO', 'VLOG_INFO_RL', 'VLOG_WARN', 'VLOG_WARN_RL', 'VLOG_ERR',
    'VLOG_ERR_RL', 'MODULE_ERR', 'netvsc_set_text', 'ovs_error', 'ovs_fatal',
    'put_missing', 'reply_usage', 'unixctl_command_reply_error', 'xasprintf',
    'xstrdup',
}
# By how they begin; they end with a brace that is indented as much.
BODIES = {
    'act': 'static struct netvsc_path *\nact(',
    'address': 'netvsc_discovery_add_addr(struct',
    'check_tap_remote': 'static void\ncheck_tap_remote(',
    'choice': 'netvsc_discovery_choose(const',
    'events': '} types[] = {',
    'explain_switch': 'static char *\nexplain_switch(',
    'features': '} features[NETVSC_KERNEL_N_FEATURES] = {',
    'options': 'static const char *\nparse_',
    'objections': 'static bool\nmay_use_backend(',
    'route': 'add_route_hop(const',
    'sockets': 'static void\ncheck_af_',
    'unknown option': 'netvsc_options_parse(const',
    'verdicts': 'static const char *texts[NETVSC_VF_N_VERDICTS] = {',
}
# The messages of others that the document explains, by how they begin.
FOREIGN = {
    # DPDK, lib/eal/common/eal_common_options.c and drivers/net/tap.
    'Error, directory path': 'DPDK',
    'tap_dev_close()': 'DPDK',
    'tap_flow_destroy_pmd()': 'DPDK',
    'tap_mp_req_on_rxtx()': 'DPDK',
    'tap_nl_dump_ext_ack()': 'DPDK',
    # The same, lib/eal/linux/eal.c and drivers/net/af_xdp.
    'EAL: Cannot get hugepage': 'DPDK',
    'eth_dev_close()': 'DPDK',
    'remove_xdp_program()': 'DPDK',
    # Open vSwitch, vswitchd/bridge.c, lib/netdev.c, lib/dpdk.c, lib/unixctl.c.
    'could not create netdev': 'Open vSwitch',
    'could not open network device': 'Open vSwitch',
    'Unable to initialize DPDK': 'Open vSwitch',
    '"netvsc/show" is not a valid': 'Open vSwitch',
}
# Words in capitals that stand for themselves.
CAPITALS = {'CPU', 'DPDK', 'EAL', 'MAC', 'MANA', 'MTU', 'NUMA', 'PCI', 'PMD',
            'V', 'VF', 'XDP'}
MIN_LENGTH = 8                  # Of a fragment that tells anything.

TOKEN = re.compile(r'''/\*.*?\*/ | (?P<string>"(?:[^"\\]|\\.)*")
                       | (?P<name>[A-Za-z_]\w*) | '(?:[^'\\]|\\.)*'
                       | \#[ ]*(?:include|define)\b(?:[^\n\\]|\\.)*
                       | (?P<space>\s+) | .''', re.S | re.X)


def strings(text):
    """Yields each string of C source 'text', adjacent ones joined, macros in
    between skipped, with its position and the function that it is passed to.
    """
    stack, name, joined, start = [], None, '', 0
    for m in TOKEN.finditer(text):
        if m.group('string'):
            if not joined:
                start = m.start()
            joined += m.group('string')[1:-1]
            continue
        if m.group('space') or m.group().startswith('/*'):
            continue
        if m.group('name') and joined and m.group().isupper():
            joined += '%s'      # PRIu64, ETH_ADDR_FMT.
            continue
        if joined:
            yield start, joined, stack[-1] if stack else None
            joined = ''
        if m.group() == '(':
            # A parenthesis without a name belongs to the call around it.
            stack.append(name or (stack[-1] if stack else None))
        elif m.group() == ')' and stack:
            stack.pop()
        name = m.group() if m.group('name') else None


def bodies(text, found):
    """Yields where the BODIES that are in 'text' begin and end."""
    for name, opening in BODIES.items():
        at = text.find(opening)
        while at >= 0:
            found.add(name)
            indent = ' ' * (at - text.rfind('\n', 0, at) - 1)
            yield at, text.index('\n' + indent + '}', at)
            at = text.find(opening, at + 1)


def fragments(message):
    message = message.replace(r'\"', '"').replace(r'\n', ' ')
    for f in re.split(r'%[-.*0-9]*(?:ll|l|h|z)?[a-zA-Z]|%%', message):
        f = ' '.join(f.split()).strip(' ,.:;()"')
        if len(f) >= MIN_LENGTH and re.search('[a-z]{3}', f):
            yield f


def is_bad_news(text, at):
    """True if the doctor_note() whose message is at 'at' is of a check that
    warns or fails, or may do so: its status is not simply a good one."""
    return re.match(r'doctor_note\(\w+,\s*DOCTOR_(PASSED|NOT_APPLICABLE),',
                    text[text.rindex('doctor_note(', 0, at):at]) is None


def entries(document):
    """Yields the messages of 'document', with the number of their lines."""
    lines = document.splitlines()
    for i, line in enumerate(lines):
        indent = line[:len(line) - len(line.lstrip())]
        if not line.startswith(indent + '``') \
           or i and re.match(indent + r'\S', lines[i - 1]):
            continue
        block = line.strip()
        for following in lines[i + 1:]:
            if not re.match(indent + r'\S', following):
                break
            block += ' ' + following.strip()
        literal = r'``(?:[^`]|`(?!`))+``'
        if re.fullmatch('%s(, %s)*(, or [^`]*)?' % (literal, literal), block):
            for message in re.findall(literal, block):
                yield i + 1, message[2:-2]


def can_say(said, words):
    """True if one of the messages 'said', in which a newline stands for what
    is put in, has 'words'; or if they are made of two, one put into or behind
    the other."""
    if any(words in s for s in said):
        return True
    for i in range(4, len(words) - 3):
        a, b = words[:i], words[i:]
        if any(a + '\n' in s or s.endswith(a) for s in said) and \
           any(s.startswith(b) for s in said) or \
           any('\n' + b in s for s in said) and \
           any(s.endswith(a) for s in said):
            return True
    return False


def reverse(path, sources):
    """Checks that the messages of the document 'path' are in 'sources'."""
    said, n, missing = [], 0, 0
    for source in sources:
        text = open(source).read()
        # Macros can have messages, too.
        text = re.sub(r'^# *define\b', '', text, flags=re.M)
        for _, message, _ in strings(text.replace('\\\n', '\n')):
            message = message.replace(r'\"', '"').replace(r'\n', ' ')
            said.append(re.sub(r'%[-.*0-9]*(?:ll|l|h|z)?[a-zA-Z]', '\n',
                               re.sub(r'\s+', ' ', message)))
    foreign = set(FOREIGN)
    for line, message in entries(open(path).read()):
        known = {f for f in FOREIGN if message.startswith(f)}
        foreign -= known
        n += 1
        if known:
            continue
        for f in re.split(r'\b(?!(?:%s)\b)[A-Z][A-Z0-9]*\b'
                          % '|'.join(CAPITALS), message):
            f = ' '.join(f.split()).strip(' ;:,.()"')
            if len(f) > 1 and not can_say(said, f):
                print('%s:%d: in none of the sources: %s' % (path, line, f))
                missing += 1
    for f in sorted(foreign):
        print('%s does not have: %s' % (path, f))
        missing += 1
    if not n:
        print('no message found')
    return 1 if missing or not n else 0


def tested(paths):
    """Checks that the tests have what the doctor can find."""
    tests = ' '.join(re.sub(r'\bdnl\n', '', open(path).read())
                     for path in paths if path.endswith('.at'))
    tests = ' '.join(tests.split())
    n = missing = 0
    for path in paths:
        if not path.endswith('.c'):
            continue
        text = open(path).read()
        for at, message, call in strings(text):
            if call == 'doctor_note' and is_bad_news(text, at):
                n += 1
                for f in fragments(message):
                    if f not in tests:
                        print('%s: not tested: %s' % (path, f))
                        missing += 1
    if not n:
        print('no finding found')
    return 1 if missing or not n else 0


def main():
    parser = argparse.ArgumentParser(
        description='Checks that the documents (.rst) have the messages of '
        'the sources (.c).  Prints what is missing.  Exit status: 0 nothing '
        'is missing, 1 something is, 2 wrong usage.')
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument('--reverse', action='store_true',
                      help='that the sources have those of the document, the '
                      'first FILE')
    mode.add_argument('--tested', action='store_true',
                      help='that the tests (.at) have what ovs-netvsc doctor '
                      'finds')
    parser.add_argument('files', metavar='FILE', nargs='+')
    args = parser.parse_args()
    if args.tested:
        return tested(args.files)
    if args.reverse:
        return reverse(args.files[0], args.files[1:])
    documents = [' '.join(open(path).read().split())
                 for path in args.files if path.endswith('.rst')]
    found, n, missing = set(), 0, 0
    for path in args.files:
        if not path.endswith('.c'):
            continue
        text = open(path).read()
        spans = list(bodies(text, found))
        for at, message, call in strings(text):
            if call in CALLS or any(b <= at < e for b, e in spans) \
               or call == 'doctor_note' and is_bad_news(text, at):
                n += 1
                for f in fragments(message):
                    if not any(f in d for d in documents):
                        print('%s: not documented: %s' % (path, f))
                        missing += 1
    for name in sorted(set(BODIES) - found):
        print('%s is in none of the sources' % name)
        missing += 1
    if not n:
        print('no message found')
    return 1 if missing or not n else 0


if __name__ == '__main__':
    sys.exit(main())
