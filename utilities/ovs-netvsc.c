/*
 * Copyright (c) 2026 The ovs-netvsc Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "ovs-netvsc.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command-line.h"
#include "dirs.h"
#include "doctor-checks.h"
#include "fatal-signal.h"
#include "netvsc-config.h"
#include "netvsc-sysfs.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

/* ovs-netvsc: tells about the NetVSC interfaces of this machine and gives them
 * to Open vSwitch.  Reads the command line and calls the command. */

/* Options, by the commands that they go with. */
enum {
    OPT_COUNT = UCHAR_MAX + 1,
    OPT_DB,
    OPT_DRY_RUN,
    OPT_FOLLOW,
    OPT_IGNORE,
    OPT_INTERVAL,
    OPT_JSON,
    OPT_ROOT,
    OPT_SYSFS,
    OPT_TARGET,
    TABLE_OPTION_ENUMS,
    VLOG_OPTION_ENUMS
};

static const struct option long_options[] = {
    {"count", required_argument, NULL, OPT_COUNT},
    {"db", required_argument, NULL, OPT_DB},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"follow", no_argument, NULL, OPT_FOLLOW},
    {"ignore", required_argument, NULL, OPT_IGNORE},
    {"interval", required_argument, NULL, OPT_INTERVAL},
    {"json", no_argument, NULL, OPT_JSON},
    {"root", required_argument, NULL, OPT_ROOT},
    {"sysfs", required_argument, NULL, OPT_SYSFS},     /* For tests. */
    {"target", required_argument, NULL, OPT_TARGET},
    {"timeout", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    TABLE_LONG_OPTIONS,
    VLOG_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

static void
help(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    printf("%s: NetVSC interfaces and Open vSwitch\n"
           "usage: %s [OPTIONS] COMMAND [ARG...]\n"
           "\nCommands:\n"
           "  list                    list the NetVSC interfaces, their VFs,"
           " and which\n"
           "                          are free\n"
           "  show [NAME]             draw each NetVSC interface with its VF"
           " and its\n"
           "                          port, or the one that NAME belongs to\n"
           "  watch [NAME]            the same again and again, with rates and"
           " history;\n"
           "                          lines if stdout is no terminal\n"
           "  auto BRIDGE             add a netvsc port to BRIDGE for each"
           " NetVSC\n"
           "                          interface that has no address and no"
           " route\n"
           "  doctor [CHECK]...       look for what is in the way of netvsc"
           " ports\n"
           "\nOptions of auto:\n"
           "  --follow                stay, and add those that appear or"
           " become free\n"
           "  --dry-run               only print what would be added\n"
           "  --ignore=IFACE[,...]    leave these interfaces alone\n"
           "\nOptions of doctor:\n"
           "  --root=DIR              look at the files of another machine,"
           " below DIR\n"
           "\nChecks of doctor:\n",
           program_name, program_name);
    for (size_t i = 0; i < doctor_n_checks; i++) {
        printf("  %s\n", doctor_checks[i].name);
    }
    printf("\nOptions of list:\n"
           "  -f, --format=FORMAT     set output formatting to FORMAT\n"
           "                          (\"table\", \"list\", \"html\","
           " \"csv\", or \"json\")\n"
           "  --no-headings           omit table heading row\n"
           "  -d, --data=FORMAT       set format of cells to FORMAT\n"
           "                          (\"string\", \"bare\", or \"json\")\n"
           "  --bare                  same as --format=list --data=bare"
           " --no-headings\n"
           "  --max-column-width=N    wrap cells at N columns\n"
           "\nOptions of watch:\n"
           "  --interval=SECS         time between two looks (default: 1)\n"
           "  --count=N               end after N looks\n"
           "\nOther options:\n"
           "  --json                  print JSON\n"
           "  --pretty                pretty-print JSON\n"
           "  --db=DATABASE           connect to DATABASE\n"
           "                          (default: unix:%s/db.sock)\n"
           "  --target=TARGET         pidfile name or socket of ovs-vswitchd\n"
           "                          (default: ovs-vswitchd)\n"
           "  -t, --timeout=SECS      give up after SECS seconds\n",
           ovs_rundir());
    vlog_usage();
    printf("  -h, --help              display this help message\n"
           "  -V, --version           display version information\n"
           "\nExit status: 0 done, %d failed, %d wrong usage.\n",
           OVS_NETVSC_FAILED, OVS_NETVSC_USAGE);
    exit(EXIT_SUCCESS);
}

static const struct ovs_cmdl_command commands[] = {
    { "auto", "BRIDGE", 1, 1, ovs_netvsc_auto, OVS_RW },
    { "doctor", "[CHECK]...", 0, INT_MAX, ovs_netvsc_doctor, OVS_RO },
    { "list", "", 0, 0, ovs_netvsc_list, OVS_RO },
    { "show", "[NAME]", 0, 1, ovs_netvsc_show, OVS_RO },
    { "watch", "[NAME]", 0, 1, ovs_netvsc_watch, OVS_RO },
    { "help", "", 0, INT_MAX, help, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

static void OVS_PRINTF_FORMAT(1, 2) OVS_NO_RETURN
usage_error(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (try \"%s --help\")\n", program_name);
    exit(OVS_NETVSC_USAGE);
}

/* The options given that one command has and the others have not. */
struct given {
    const char *of_auto;
    const char *of_doctor;
    const char *of_list;
    const char *of_watch;
};

static void
add_ignored(struct ovs_netvsc_options *options, const char *names)
{
    struct sset set;
    const char *name;

    sset_from_delimited_string(&set, names, ", ");
    SSET_FOR_EACH (name, &set) {
        sset_add(&options->ignore, name);
    }
    sset_destroy(&set);
}

/* Returns what 's', a number of seconds, is in ms. */
static unsigned int
parse_interval(const char *s)
{
    double seconds;

    if (!str_to_double(s, &seconds) || !(seconds >= 0.01)
        || !(seconds <= 86400)) {
        usage_error("--interval=%s: must be a number of seconds from 0.01 to "
                    "86400", s);
    }
    return seconds * 1000;
}

/* Ends with wrong usage if 'value', of --'option', is none of 'choices', which
 * have a comma between them.  Open vSwitch's own functions for such options
 * end with the status of a failure. */
static void
check_choice(const char *option, const char *value, const char *choices)
{
    struct sset set;

    sset_from_delimited_string(&set, choices, ",");
    if (!sset_contains(&set, value)) {
        usage_error("--%s=%s: must be one of %s", option, value, choices);
    }
    sset_destroy(&set);
}

/* The same for 'levels', of --verbose. */
static void
check_verbosity(const char *levels)
{
    char *error = vlog_set_levels_from_string(levels);

    if (error) {
        usage_error("--verbose=%s: %s", levels, error);
    }
}

static void
remove_final_slashes(char *path)
{
    for (size_t n = strlen(path); n && path[n - 1] == '/'; n--) {
        path[n - 1] = '\0';
    }
}

static void
parse_options(int argc, char *argv[], struct ovs_netvsc_options *options,
              struct given *given)
{
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);
    unsigned int timeout;

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == 'v' && optarg) {
            check_verbosity(optarg);
        }
        switch (c) {
        case -1:
            free(short_options);
            return;

        case OPT_COUNT:
            if (!str_to_uint(optarg, 10, &options->count)
                || !options->count) {
                usage_error("--count=%s: must be a number from 1 on", optarg);
            }
            given->of_watch = "--count";
            break;

        case OPT_DB:
            free(options->db);
            options->db = xstrdup(optarg);
            options->db_given = true;
            break;

        case OPT_DRY_RUN:
            options->dry_run = true;
            given->of_auto = "--dry-run";
            break;

        case OPT_FOLLOW:
            options->follow = true;
            given->of_auto = "--follow";
            break;

        case OPT_IGNORE:
            add_ignored(options, optarg);
            given->of_auto = "--ignore";
            break;

        case OPT_INTERVAL:
            options->interval = parse_interval(optarg);
            given->of_watch = "--interval";
            break;

        case OPT_JSON:
            options->json = true;
            break;

        case OPT_ROOT:
            free(options->root);
            options->root = xstrdup(optarg);
            remove_final_slashes(options->root);
            given->of_doctor = "--root";
            break;

        case OPT_SYSFS:
            options->sysfs = optarg;
            break;

        case OPT_TARGET:
            options->target = optarg;
            options->target_given = true;
            break;

        case 't':
            if (!str_to_uint(optarg, 10, &timeout) || !timeout) {
                usage_error("--timeout=%s: must be a number of seconds",
                            optarg);
            }
            time_alarm(timeout);
            break;

        case 'h':
            help(NULL);
            break;

        case 'V':
            printf("%s %s\nbuilt for Open vSwitch %s\n", program_name,
                   NETVSC_VERSION, NETVSC_OVS_VERSION);
            exit(EXIT_SUCCESS);

        VLOG_OPTION_HANDLERS

        case OPT_PRETTY:
            options->pretty = true;
            options->table.json_flags |= JSSF_PRETTY;
            break;

        case 'f':
        case 'd':
        case OPT_NO_HEADINGS:
        case OPT_BARE:
        case OPT_MAX_COLUMN_WIDTH:
            given->of_list = (c == 'f' ? "--format" : c == 'd' ? "--data"
                              : c == OPT_NO_HEADINGS ? "--no-headings"
                              : c == OPT_BARE ? "--bare"
                              : "--max-column-width");
            if (c == 'f') {
                check_choice("format", optarg, "table,list,html,csv,json");
            } else if (c == 'd') {
                check_choice("data", optarg, "string,bare,json");
            }
            switch (c) {
            TABLE_OPTION_HANDLERS(&options->table)
            }
            break;

        case '?':
        default:
            fprintf(stderr, "Try \"%s --help\".\n", program_name);
            exit(OVS_NETVSC_USAGE);
        }
    }
}

/* Ends with wrong usage if 'root', without its final slashes, is no folder. */
static void
check_root(const char *root)
{
    struct stat s;
    int error = stat(root, &s) ? errno : S_ISDIR(s.st_mode) ? 0 : ENOTDIR;

    if (error) {
        usage_error("--root=%s: %s", root, ovs_strerror(error));
    }
}

/* ovs_cmdl_run_command() makes no difference between wrong usage and
 * failure. */
static void
check_usage(int argc, char *argv[], const struct ovs_netvsc_options *options,
            const struct given *given)
{
    const struct ovs_cmdl_command *c;

    if (!argc) {
        usage_error("missing command name");
    }
    for (c = commands; c->name && strcmp(c->name, argv[0]); c++) {
        continue;
    }
    if (!c->name) {
        usage_error("unknown command \"%s\"", argv[0]);
    }
    if (argc - 1 < c->min_args || argc - 1 > c->max_args) {
        usage_error("usage is \"%s%s%s\"", c->name, c->usage[0] ? " " : "",
                    c->usage);
    }
    if (given->of_auto && c->handler != ovs_netvsc_auto) {
        usage_error("%s goes with \"auto\" alone", given->of_auto);
    }
    if (given->of_doctor && c->handler != ovs_netvsc_doctor) {
        usage_error("%s goes with \"doctor\" alone", given->of_doctor);
    }
    if (options->root[0]) {
        check_root(options->root);
    }
    if (given->of_list && c->handler != ovs_netvsc_list) {
        usage_error("%s goes with \"list\" alone", given->of_list);
    }
    if (given->of_watch && c->handler != ovs_netvsc_watch) {
        usage_error("%s goes with \"watch\" alone", given->of_watch);
    }
    if (options->target_given && c->handler != ovs_netvsc_show
        && c->handler != ovs_netvsc_watch && c->handler != ovs_netvsc_doctor) {
        usage_error("--target goes with \"show\", \"watch\" and \"doctor\" "
                    "alone");
    }
    if (options->pretty && !options->json
        && !(given->of_list && options->table.format == TF_JSON)) {
        usage_error("--pretty goes with --json or --format=json alone");
    }
    if (options->json && given->of_list) {
        usage_error("--json and %s exclude each other", given->of_list);
    }
    if (options->follow && options->dry_run) {
        usage_error("--follow and --dry-run exclude each other");
    }
}

int
main(int argc, char *argv[])
{
    struct ovs_netvsc_options options = {
        .target = "ovs-vswitchd",
        .sysfs = NETVSC_SYSFS_ROOT,
        .interval = 1000,
        .table = TABLE_STYLE_DEFAULT,
    };
    struct ovs_cmdl_context ctx = { .pvt = &options };
    struct given given = { NULL, NULL, NULL, NULL };

    ovs_set_program_name(argv[0], NETVSC_VERSION);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    vlog_set_levels_from_string_assert("reconnect:warn");
    vlog_set_levels_from_string_assert("fatal_signal:console:err");
    /* Whoever asks a daemon says so himself. */
    vlog_set_levels_from_string_assert("unixctl:console:err");
    /* That the machine is busy. */
    vlog_set_levels_from_string_assert("timeval:console:err");
    sset_init(&options.ignore);
    options.db = xasprintf("unix:%s/db.sock", ovs_rundir());
    options.root = xstrdup("");
    options.table.format = TF_TABLE;

    parse_options(argc, argv, &options, &given);
    check_usage(argc - optind, argv + optind, &options, &given);

    ctx.argc = argc - optind;
    ctx.argv = argv + optind;
    ovs_cmdl_run_command(&ctx, commands);

    sset_destroy(&options.ignore);
    free(options.db);
    free(options.root);
    return EXIT_SUCCESS;
}
