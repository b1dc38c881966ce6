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

/* netvsc-traffic: sends numbered packets both ways between a guest and a host
 * namespace and measures at the wire, by sequence numbers and the kernel's
 * time stamps, what happens when the VF comes and goes.
 *
 * It knows nothing of Open vSwitch or of DPDK.  This file reads the options,
 * starts the threads and waits:
 *
 *   - a sender for each direction (traffic-send.c),
 *   - two receivers (traffic-receive.c), one for each namespace,
 *   - a watch of the VF netdevice (traffic-watch.c), if asked for.
 *
 * Each thread owns its data; main() reads it when the thread has ended.
 * Meanwhile there are only counters, a journal of events with a mutex, and
 * two flags that say stop: one for the senders, and after the packets on
 * their way have had time to arrive, one for the others. */

#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "traffic-capture.h"
#include "traffic-receive.h"
#include "traffic-report.h"
#include "traffic-send.h"
#include "traffic-watch.h"

#define GUEST_IP "192.0.2.2"
#define HOST_IP "192.0.2.1"

static void
usage(void)
{
    puts("\
netvsc-traffic: measures what happens to packets when the VF comes and goes\n\
usage: netvsc-traffic --guest NS:IFACE --host NS:IFACE [OPTION...]\n\
\n\
Where (NS as for \"ip netns\", empty = the current one):\n\
  --guest NS:IFACE      the guest's end (app1)\n\
  --host NS:IFACE       the host's end (vsw0)\n\
  --paths NAME=IFACE,.. the host's interface of each path\n\
                        (default synthetic=syn0,vf=vf0; the VF's is the one\n\
                        called \"vf\")\n\
  --guest-mac, --host-mac MAC, --guest-ip, --host-ip ADDRESS\n\
                        instead of the interfaces' own\n\
                        (IP default: " GUEST_IP " and " HOST_IP ")\n\
  --port PORT           UDP destination port (default 7471)\n\
\n\
What:\n\
  --rate PPS            packets a second in each direction (default 10000)\n\
  --size BYTES          frame size without FCS (default 128)\n\
  --flows N             UDP source ports (default 1)\n\
  --direction both|guest-to-host|host-to-guest     (default both)\n\
  --duration SECONDS    default: until SIGINT, SIGTERM, or \"quit\" on stdin\n\
  --warmup MS           uncounted packets before, for bridges and flow\n\
                        tables to learn (default 300)\n\
  --settle MS           wait for packets on their way (default 300)\n\
  --late MS             then, while any is missing, so much longer at most\n\
                        (default 0)\n\
  --quiet-ms MS         a switch is over when this much traffic was\n\
                        flawless (default 20)\n\
  --ring-mb MB          host's capture ring, the guest's is half (default "
                        "64)\n\
\n\
VF:\n\
  --watch-mac MAC|IFACE watch the guest's netdevices of this address, or of\n\
                        the address that its interface IFACE has\n\
  --watch-guest-iface-exclude PATTERN,...\n\
                        ...except these (default eth1,app0,app1,dtap*)\n\
\n\
Output:\n\
  --progress            one line a second\n\
  --json FILE           all results\n\
  --raw FILE            a row of CSV for each packet seen and each event\n\
  -h, --help            this text\n\
\n\
Standard input: \"mark TEXT\" writes an event, \"progress\" prints a\n\
progress line, \"quit\" ends the run.\n\
\n\
Exit status: 0 nothing was lost, duplicated or reordered; 1 something was;\n\
2 wrong usage; 3 the tool missed something, the figures are not reliable;\n\
4 nothing was measured, or it could not be written.");
}

static void __attribute__((format(printf, 1, 2), noreturn))
usage_error(const char *format, ...)
{
    va_list args;

    fputs("netvsc-traffic: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("; try --help\n", stderr);
    exit(TRAFFIC_USAGE);
}

static uint64_t
parse_number(const char *option, const char *text, uint64_t min, uint64_t max)
{
    char *end;
    uint64_t value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || value < min
        || value > max) {
        usage_error("--%s: \"%s\" is not a number between %"PRIu64" and "
                    "%"PRIu64, option, text, min, max);
    }
    return value;
}

static bool
parse_mac(const char *text, uint8_t mac[6])
{
    unsigned int b[6];
    int n = -1;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3],
               &b[4], &b[5], &n) != 6 || n < 0 || text[n]) {
        return false;
    }
    for (int i = 0; i < 6; i++) {
        mac[i] = b[i];
    }
    return true;
}

static void
parse_end(const char *option, const char *text, struct traffic_end *end)
{
    const char *colon = strchr(text, ':');
    size_t ns_len = colon ? (size_t) (colon - text) : 0;
    const char *iface = colon ? colon + 1 : text;

    if (!iface[0] || strlen(iface) >= sizeof end->iface
        || ns_len >= sizeof end->ns) {
        usage_error("--%s: \"%s\" is not NS:IFACE", option, text);
    }
    memcpy(end->ns, text, ns_len);
    end->ns[ns_len] = '\0';
    strcpy(end->iface, iface);
}

static void
parse_end_mac(const char *option, const char *text, struct traffic_end *end)
{
    if (!parse_mac(text, end->mac)) {
        usage_error("--%s: \"%s\" is not a MAC address", option, text);
    }
    end->mac_set = true;
}

static void
parse_end_ip(const char *option, const char *text, struct traffic_end *end)
{
    if (inet_pton(AF_INET, text, &end->ip) != 1) {
        usage_error("--%s: \"%s\" is not an IPv4 address", option, text);
    }
    end->ip_set = true;
}

static void
parse_paths(char *text, struct traffic_config *c)
{
    char *save = NULL;

    c->n_paths = 0;
    c->vf_path = -1;
    for (char *item = strtok_r(text, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        struct traffic_path *p = &c->paths[c->n_paths];
        char *iface = strchr(item, '=');

        if (c->n_paths >= TRAFFIC_MAX_PATHS) {
            usage_error("--paths: more than %d", TRAFFIC_MAX_PATHS);
        }
        if (!iface || iface == item || !iface[1]
            || (size_t) (iface - item) >= sizeof p->name
            || strlen(iface + 1) >= sizeof p->iface) {
            usage_error("--paths: \"%s\" is not NAME=IFACE", item);
        }
        *iface++ = '\0';
        strcpy(p->name, item);
        strcpy(p->iface, iface);
        if (!strcmp(p->name, "vf")) {
            c->vf_path = c->n_paths;
        }
        c->n_paths++;
    }
    if (!c->n_paths) {
        usage_error("--paths: none");
    }
}

static void
parse_excluded(char *text, struct traffic_config *c)
{
    char *save = NULL;

    c->n_excluded = 0;
    for (char *item = strtok_r(text, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        if (c->n_excluded >= TRAFFIC_MAX_EXCLUDED
            || strlen(item) >= sizeof c->excluded[0]) {
            usage_error("--watch-guest-iface-exclude: too many or too long");
        }
        strcpy(c->excluded[c->n_excluded++], item);
    }
}

static void
parse_direction(const char *text, struct traffic_config *c)
{
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        c->dirs[dir] = !strcmp(text, "both")
                       || !strcmp(text, traffic_dir_name(dir));
    }
    if (!c->dirs[TRAFFIC_G2H] && !c->dirs[TRAFFIC_H2G]) {
        usage_error("--direction: \"%s\" is not both, guest-to-host or "
                    "host-to-guest", text);
    }
}

/* Not in --help: for the tool's own test. */
static void
parse_inject(char *text, struct traffic_config *c)
{
    char *save = NULL;

    for (char *item = strtok_r(text, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        uint64_t n;
        char kind[8];

        if (sscanf(item, "%7[a-z]=%"SCNu64, kind, &n) != 2) {
            kind[0] = '\0';
        }
        if (!strcmp(kind, "drop")) {
            c->drop = n;
        } else if (!strcmp(kind, "dup")) {
            c->dup = n;
        } else if (!strcmp(kind, "swap")) {
            c->swap = n;
        } else if (!strcmp(kind, "stall")) {
            c->stall_ms = n;
        } else {
            usage_error("--inject: \"%s\" is not drop=N, dup=N, swap=N or "
                        "stall=MS", item);
        }
    }
}

static uint64_t
parse_duration(const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !(value > 0 && value <= 1e6)) {
        usage_error("--duration: \"%s\" is not a number of seconds", text);
    }
    return value * NSEC_PER_SEC;
}

static void
defaults(struct traffic_config *c)
{
    char paths[] = "synthetic=syn0,vf=vf0";
    char excluded[] = "eth1,app0,app1,dtap*";

    memset(c, 0, sizeof *c);
    parse_paths(paths, c);
    parse_excluded(excluded, c);
    parse_direction("both", c);
    c->rate = 10000;
    c->frame_size = 128;
    c->n_flows = 1;
    c->port = 7471;
    c->warmup_ms = 300;
    c->settle_ms = 300;
    c->quiet_ms = 20;
    c->ring_mb = 64;
}

/* Reads the options.  Stores in '*watch_mac' what --watch-mac said. */
static void
parse_options(int argc, char *argv[], struct traffic_config *c,
              const char **watch_mac)
{
    enum { GUEST = 256, HOST, PATHS, GUEST_MAC, HOST_MAC, GUEST_ADDR,
           HOST_ADDR, PORT, RATE, SIZE, FLOWS, DIRECTION, DURATION, WARMUP,
           SETTLE, LATE, QUIET_MS, RING_MB, WATCH_MAC, EXCLUDE, PROGRESS,
           JSON, RAW, INJECT };
    static const struct option options[] = {
        { "guest", required_argument, NULL, GUEST },
        { "host", required_argument, NULL, HOST },
        { "paths", required_argument, NULL, PATHS },
        { "guest-mac", required_argument, NULL, GUEST_MAC },
        { "host-mac", required_argument, NULL, HOST_MAC },
        { "guest-ip", required_argument, NULL, GUEST_ADDR },
        { "host-ip", required_argument, NULL, HOST_ADDR },
        { "port", required_argument, NULL, PORT },
        { "rate", required_argument, NULL, RATE },
        { "size", required_argument, NULL, SIZE },
        { "flows", required_argument, NULL, FLOWS },
        { "direction", required_argument, NULL, DIRECTION },
        { "duration", required_argument, NULL, DURATION },
        { "warmup", required_argument, NULL, WARMUP },
        { "settle", required_argument, NULL, SETTLE },
        { "late", required_argument, NULL, LATE },
        { "quiet-ms", required_argument, NULL, QUIET_MS },
        { "ring-mb", required_argument, NULL, RING_MB },
        { "watch-mac", required_argument, NULL, WATCH_MAC },
        { "watch-guest-iface-exclude", required_argument, NULL, EXCLUDE },
        { "progress", no_argument, NULL, PROGRESS },
        { "json", required_argument, NULL, JSON },
        { "raw", required_argument, NULL, RAW },
        { "inject", required_argument, NULL, INJECT },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int i = 0;
    int code;

    *watch_mac = NULL;
    while ((code = getopt_long(argc, argv, "h", options, &i)) != -1) {
        const char *name = code >= 256 ? options[code - GUEST].name : "";

        switch (code) {
        case GUEST: parse_end(name, optarg, &c->guest); break;
        case HOST: parse_end(name, optarg, &c->host); break;
        case PATHS: parse_paths(optarg, c); break;
        case GUEST_MAC: parse_end_mac(name, optarg, &c->guest); break;
        case HOST_MAC: parse_end_mac(name, optarg, &c->host); break;
        case GUEST_ADDR: parse_end_ip(name, optarg, &c->guest); break;
        case HOST_ADDR: parse_end_ip(name, optarg, &c->host); break;
        case PORT: c->port = parse_number(name, optarg, 1, 65535); break;
        case RATE: c->rate = parse_number(name, optarg, 1, 1000000); break;
        case SIZE:
            c->frame_size = parse_number(name, optarg, TRAFFIC_MIN_FRAME,
                                         TRAFFIC_MAX_FRAME);
            break;
        case FLOWS: c->n_flows = parse_number(name, optarg, 1, 10000); break;
        case DIRECTION: parse_direction(optarg, c); break;
        case DURATION: c->duration_ns = parse_duration(optarg); break;
        case WARMUP:
            c->warmup_ms = parse_number(name, optarg, 0, 60000);
            break;
        case SETTLE:
            /* Not less than the kernel keeps a block of the ring. */
            c->settle_ms = parse_number(name, optarg, 20, 60000);
            break;
        case LATE: c->late_ms = parse_number(name, optarg, 0, 60000); break;
        case QUIET_MS:
            c->quiet_ms = parse_number(name, optarg, 1, 60000);
            break;
        case RING_MB: c->ring_mb = parse_number(name, optarg, 2, 1024); break;
        case WATCH_MAC: *watch_mac = optarg; break;
        case EXCLUDE: parse_excluded(optarg, c); break;
        case PROGRESS: c->progress = true; break;
        case JSON: c->json = optarg; break;
        case RAW: c->raw = optarg; break;
        case INJECT: parse_inject(optarg, c); break;
        case 'h':
            usage();
            exit(0);
        default:
            fputs("Try \"netvsc-traffic --help\".\n", stderr);
            exit(TRAFFIC_USAGE);
        }
    }
    if (optind < argc) {
        usage_error("\"%s\": no such argument", argv[optind]);
    }
    if (!c->guest.iface[0] || !c->host.iface[0]) {
        usage_error("--guest and --host are needed");
    }
}

/* Finds out what the options leave to be looked up. */
static void
resolve(struct traffic_config *c, const char *watch_mac)
{
    const struct traffic_end *ends[] = { &c->guest, &c->host };

    traffic_end_resolve(&c->guest, GUEST_IP);
    traffic_end_resolve(&c->host, HOST_IP);
    for (size_t i = 0; i < 2; i++) {
        if (c->frame_size > (size_t) ends[i]->mtu + 14) {
            fatal(0, "--size %zu: interface \"%s\" in namespace \"%s\" has an "
                  "MTU of %d", c->frame_size, ends[i]->iface, ends[i]->ns,
                  ends[i]->mtu);
        }
    }
    if (watch_mac) {
        c->watch = true;
        if (!parse_mac(watch_mac, c->watch_mac)) {
            struct traffic_end end = c->guest;

            if (strlen(watch_mac) >= sizeof end.iface) {
                fatal(0, "--watch-mac: \"%s\" is neither a MAC address nor "
                      "an interface", watch_mac);
            }
            strcpy(end.iface, watch_mac);
            end.mac_set = false;
            end.ip_set = true;
            traffic_end_resolve(&end, GUEST_IP);
            memcpy(c->watch_mac, end.mac, 6);
        }
    }
    if (getrandom(&c->run_id, sizeof c->run_id, 0) != sizeof c->run_id) {
        fatal(errno, "getrandom");
    }
}

/* What main() waits for. */
struct control {
    int signal_fd;
    int done_fd;                /* Senders write 1 each when they are done. */
    unsigned int n_running;     /* Senders that are not. */
    bool stdin_open;
    char line[128];             /* Command being read. */
    size_t line_len;
};

/* Returns true if the run should end. */
static bool
control_command(const char *line, struct report *report)
{
    if (!strcmp(line, "quit")) {
        return true;
    } else if (!strcmp(line, "progress")) {
        report_progress(report);
    } else if (!strncmp(line, "mark ", 5)) {
        journal_add(report->journal, report->config, VF_MARK, false, 0,
                    line + 5);
    } else if (line[0]) {
        complain(0, "\"%s\" is no command: mark TEXT, progress, quit", line);
    }
    return false;
}

static bool
control_stdin(struct control *ctl, struct report *report)
{
    char buffer[256];
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);

    if (n <= 0) {
        /* No more commands, or we are in the background. */
        ctl->stdin_open = n < 0 && (errno == EAGAIN || errno == EINTR);
        return false;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buffer[i] != '\n') {
            if (ctl->line_len < sizeof ctl->line - 1) {
                ctl->line[ctl->line_len++] = buffer[i];
            }
            continue;
        }
        ctl->line[ctl->line_len] = '\0';
        ctl->line_len = 0;
        if (control_command(ctl->line, report)) {
            return true;
        }
    }
    return false;
}

/* Returns when the run should end: all is sent, a signal, "quit". */
static void
control_wait(struct control *ctl, struct report *report)
{
    uint64_t next = report->config->start_ns + NSEC_PER_SEC;

    for (;;) {
        struct pollfd pfds[] = {
            { .fd = ctl->signal_fd, .events = POLLIN },
            { .fd = ctl->done_fd, .events = POLLIN },
            { .fd = ctl->stdin_open ? STDIN_FILENO : -1, .events = POLLIN },
        };
        int timeout_ms = -1;

        if (report->config->progress) {
            uint64_t now = clock_ns(CLOCK_REALTIME);

            if (now >= next) {
                report_progress(report);
                next += ((now - next) / NSEC_PER_SEC + 1) * NSEC_PER_SEC;
            }
            timeout_ms = (next - now) / NSEC_PER_MSEC + 1;
        }
        if (poll(pfds, 3, timeout_ms) < 0) {
            continue;
        }
        if (pfds[0].revents) {
            return;
        }
        if (pfds[1].revents) {
            uint64_t n;

            if (read(ctl->done_fd, &n, sizeof n) == sizeof n) {
                ctl->n_running -= n;
            }
            if (!ctl->n_running) {
                return;
            }
        }
        if (pfds[2].revents && control_stdin(ctl, report)) {
            return;
        }
    }
}

static void
control_init(struct control *ctl)
{
    sigset_t signals;

    memset(ctl, 0, sizeof *ctl);

    /* Before any thread starts, for them to inherit it.  SIGTTIN: so that
     * reading a terminal from the background fails instead of stopping us. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ctl->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    sigaddset(&signals, SIGTTIN);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    ctl->done_fd = eventfd(0, EFD_CLOEXEC);
    if (ctl->signal_fd < 0 || ctl->done_fd < 0) {
        fatal(errno, "cannot create a file descriptor");
    }
    ctl->n_running = TRAFFIC_N_DIRS;
    ctl->stdin_open = true;
}

int
main(int argc, char *argv[])
{
    static struct senders senders;
    static struct receiver host, guest;
    static struct traffic_config config;
    static struct report report;
    static struct watch watch;
    static atomic_bool stop_sending, stop;
    const char *watch_mac;
    struct journal journal;
    struct control ctl;
    int sinks[2];
    int error;

    defaults(&config);
    parse_options(argc, argv, &config, &watch_mac);
    setvbuf(stdout, NULL, _IOLBF, 0);
    resolve(&config, watch_mac);
    control_init(&ctl);
    journal_init(&journal);
    if (config.raw) {
        raw_open(config.raw);
    }
    sinks[0] = sink_open(&config.guest, &config);
    sinks[1] = sink_open(&config.host, &config);

    host = (struct receiver) { .config = &config, .journal = &journal,
                               .stop = &stop, .is_host = true };
    guest = (struct receiver) { .config = &config, .journal = &journal,
                                .stop = &stop };
    watch = (struct watch) { .config = &config, .journal = &journal,
                             .stop = &stop };
    report = (struct report) { .config = &config, .senders = senders.dirs,
                               .host = &host, .guest = &guest,
                               .journal = &journal,
                               .watch = config.watch ? &watch : NULL };

    /* The rings take a while: what is below must not. */
    receiver_open(&host);
    receiver_open(&guest);

    config.start_ns = clock_ns(CLOCK_REALTIME)
                      + config.warmup_ms * NSEC_PER_MSEC;
    senders = (struct senders) {
        .config = &config, .done_fd = ctl.done_fd, .stop = &stop_sending,
        .base_ns = clock_ns(CLOCK_MONOTONIC)
                   + config.warmup_ms * NSEC_PER_MSEC
    };
    report_begin(&report);
    if (config.watch) {
        watch_start(&watch);
    }
    receiver_start(&host);
    receiver_start(&guest);
    senders_start(&senders);
    say("event t=%.6f kind=started run_id=%"PRIu32,
        (int64_t) (clock_ns(CLOCK_REALTIME) - config.start_ns) / 1e9,
        config.run_id);

    control_wait(&ctl, &report);

    atomic_store(&stop_sending, true);
    senders_join(&senders);
    sleep_ms(config.settle_ms);
    for (uint64_t ms = 0; ms < config.late_ms && report_missing(&report);
         ms += 10) {
        sleep_ms(10);
    }
    atomic_store(&stop, true);
    receiver_join(&host);
    receiver_join(&guest);
    if (config.watch) {
        watch_join(&watch);
    }

    report_settle(&report);
    report_summary(&report);
    if (config.json) {
        error = report_json(&report, config.json);
        if (error) {
            complain(error, "%s", config.json);
            report.verdict = TRAFFIC_UNUSABLE;
        }
    }
    error = raw_close();
    if (error) {
        complain(error, "%s", config.raw);
        report.verdict = TRAFFIC_UNUSABLE;
    }

    senders_destroy(&senders);
    receiver_destroy(&host);
    receiver_destroy(&guest);
    journal_destroy(&journal);
    for (size_t i = 0; i < 2; i++) {
        if (sinks[i] >= 0) {
            close(sinks[i]);
        }
    }
    close(ctl.signal_fd);
    close(ctl.done_fd);
    return report.verdict;
}
