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
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "netlink-notifier.h"
#include "netvsc-discovery.h"
#include "netvsc-json.h"
#include "netvsc-link.h"
#include "netvsc-rtnl.h"
#include "netvsc-sysfs.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "ovs-netvsc-db.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

/* "auto": adds a netvsc port for each NetVSC interface that nobody uses.
 *
 * A decision is made of the kernel's tables (links, addresses, routes) and the
 * database.  It is made anew when one of them changes, but the tables are read
 * again only for a change that may free an interface, or if they are known to
 * be out of date when one is about to be added.  What was added stays, even if
 * somebody gives the interface an address: to remove the port of a running
 * bridge is for people. */

/* Marks the Port and the Interface that this has added. */
#define ADDED_KEY "ovs-netvsc-auto"

/* How long to wait before reading tables again that could not be read, ms. */
#define REREAD_INTERVAL 1000

struct automation {
    const struct ovs_netvsc_options *options;
    const char *bridge;
    struct ovsdb_idl *idl;

    struct netvsc_discovery d;
    bool have_d;                /* 'd' is initialized. */
    bool stale;                 /* Something happened since it was read... */
    bool reread;                /* ...that may free an interface. */

    struct smap said;           /* Last words on each interface. */
    char *bridge_said;          /* Last words on the bridge. */
};

/* What was decided on each interface in 'd', by the index there. */
struct decisions {
    bool *add;
    char **reasons;             /* Why not. */
    bool any;                   /* Any to add? */
};

/* Reads the kernel's tables.  Returns true if successful, otherwise stores a
 * message for a person, which the caller must free, in '*errorp'. */
static bool
discover(struct automation *a, char **errorp)
{
    int error;

    if (a->have_d) {
        netvsc_discovery_destroy(&a->d);
    }
    error = netvsc_rtnl_discover(a->options->sysfs, 0, &a->d);
    a->have_d = true;
    a->stale = a->reread = error != 0;
    if (error) {
        *errorp = xasprintf("cannot read the interfaces, addresses and routes "
                            "(%s)", ovs_strerror(error));
    }
    return !error;
}

/* Returns why 'found' is left alone, which the caller must free, or a null
 * pointer if it is to be added. */
static char *
judge(struct automation *a, const struct netvsc_found *found)
{
    const char *name = found->link->rt.name;
    const struct ovsrec_port *port;
    struct ovs_netvsc_user user;

    if (ovs_netvsc_db_user(a->idl, found, &user)) {
        char *s = ovs_netvsc_user_to_string(&user);
        char *reason = xasprintf("is %s already", s);

        free(s);
        return reason;
    }
    if (sset_contains(&a->options->ignore, name)) {
        return xstrdup("is to be ignored");
    }
    if (netvsc_found_obstacle(found)) {
        return xstrdup(netvsc_found_obstacle(found));
    }
    OVSREC_PORT_FOR_EACH (port, a->idl) {
        if (!strcmp(port->name, name)) {
            return xstrdup("there is another port of that name");
        }
    }
    return NULL;
}

/* What becomes of an interface: in JSON, and in words before the bridge or the
 * reason. */
struct verdict {
    const char *action;
    const char *detail;         /* What 'text' is followed by, in JSON. */
    const char *text;
};

static const struct verdict added = {
    "added", "bridge", "added to bridge"
};
static const struct verdict would_be_added = {
    "would be added", "bridge", "would be added to bridge"
};
static const struct verdict left_alone = {
    "left alone", "reason", "left alone:"
};

/* Prints what becomes of the interface 'name'. */
static void
print_verdict(const struct automation *a, const char *name,
              const struct verdict *verdict, const char *detail)
{
    if (a->options->json) {
        struct json *json = json_object_create();

        json_object_put_string(json, "interface", name);
        json_object_put_string(json, "action", verdict->action);
        json_object_put_string(json, verdict->detail, detail);
        ovs_netvsc_print_json(a->options, json);
        json_destroy(json);
    } else {
        printf("%s: %s %s\n", name, verdict->text, detail);
    }
}

/* Prints the same, unless those were the last words on it. */
static void
say(struct automation *a, const char *name, const struct verdict *verdict,
    const char *detail)
{
    const char *said = smap_get(&a->said, name);
    char *text = xasprintf("%s %s", verdict->text, detail);

    if (!said || strcmp(said, text)) {
        print_verdict(a, name, verdict, detail);
        smap_replace(&a->said, name, text);
    }
    free(text);
}

/* Forgets what was said on interfaces that are gone. */
static void
forget_gone(struct automation *a)
{
    struct smap_node *node;

    SMAP_FOR_EACH_SAFE (node, &a->said) {
        bool there = false;

        for (size_t i = 0; !there && i < a->d.n_found; i++) {
            there = !strcmp(node->key, a->d.found[i].link->rt.name);
        }
        if (!there) {
            smap_remove_node(&a->said, node);
        }
    }
}

/* Makes part of the transaction 'txn' that 'bridge' has a netvsc port for the
 * interface 'name'. */
static void
add_port(struct ovsdb_idl_txn *txn, const struct ovsrec_bridge *bridge,
         const char *name)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(txn);
    struct ovsrec_port *port = ovsrec_port_insert(txn);

    ovsrec_interface_set_name(iface, name);
    ovsrec_interface_set_type(iface, "netvsc");
    /* Without it a port whose interface is missing at boot would choose
     * another. */
    ovsrec_interface_update_options_setkey(iface, "iface", name);
    ovsrec_interface_update_external_ids_setkey(iface, ADDED_KEY, "true");
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_interfaces(port, &iface, 1);
    ovsrec_port_update_external_ids_setkey(port, ADDED_KEY, "true");
    ovsrec_bridge_update_ports_addvalue(bridge, port);
    ovsdb_idl_txn_add_comment(txn, "%s: add %s", program_name, name);
}

/* Adds the interfaces in 'd' for which 'add' says so to 'bridge', all of them
 * or none.  Returns the transaction's status; if it is TXN_ERROR, '*error' is
 * a message that the caller must free. */
static enum ovsdb_idl_txn_status
add_all(struct automation *a, const struct ovsrec_bridge *bridge,
        const bool add[], char **error)
{
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(a->idl);
    enum ovsdb_idl_txn_status status;

    /* The bridge may have been deleted. */
    ovsrec_bridge_verify_name(bridge);
    for (size_t i = 0; i < a->d.n_found; i++) {
        if (add[i]) {
            add_port(txn, bridge, a->d.found[i].link->rt.name);
        }
    }
    status = ovsdb_idl_txn_commit_block(txn);
    *error = (status == TXN_ERROR
              ? xstrdup(ovsdb_idl_txn_get_error(txn)) : NULL);
    ovsdb_idl_txn_destroy(txn);
    return status;
}

/* Says what became of each interface. */
static void
report(struct automation *a, const struct decisions *ds)
{
    if (!a->d.n_found && !a->options->follow && !a->options->json) {
        printf("there is no NetVSC interface\n");
    }
    for (size_t i = 0; i < a->d.n_found; i++) {
        const char *name = a->d.found[i].link->rt.name;

        if (!ds->add[i]) {
            say(a, name, &left_alone, ds->reasons[i]);
        } else if (a->options->dry_run) {
            say(a, name, &would_be_added, a->bridge);
        } else {
            char *text;

            print_verdict(a, name, &added, a->bridge);
            /* What would be said next. */
            text = xasprintf("%s is port %s of bridge %s already",
                             left_alone.text, name, a->bridge);
            smap_replace(&a->said, name, text);
            free(text);
        }
    }
    forget_gone(a);
}

static void
decisions_destroy(struct automation *a, struct decisions *ds)
{
    for (size_t i = 0; i < a->d.n_found; i++) {
        free(ds->reasons[i]);
    }
    free(ds->reasons);
    free(ds->add);
}

static void
judge_all(struct automation *a, struct decisions *ds)
{
    ds->any = false;
    ds->reasons = xcalloc(a->d.n_found + 1, sizeof *ds->reasons);
    ds->add = xcalloc(a->d.n_found + 1, sizeof *ds->add);
    for (size_t i = 0; i < a->d.n_found; i++) {
        ds->reasons[i] = judge(a, &a->d.found[i]);
        ds->add[i] = !ds->reasons[i];
        ds->any |= ds->add[i];
    }
}

/* Returns the bridge, if netvsc ports can work there.  Otherwise returns a
 * null pointer and stores a message for a person, which the caller must free,
 * in '*error'. */
static const struct ovsrec_bridge *
find_bridge(struct automation *a, char **error)
{
    const struct ovsrec_bridge *bridge = ovs_netvsc_db_bridge(a->idl,
                                                              a->bridge);

    if (!bridge) {
        *error = xasprintf("there is no bridge named %s", a->bridge);
    } else if (strcmp(bridge->datapath_type, "netdev")) {
        *error = xasprintf("bridge %s has no userspace datapath, which netvsc "
                           "ports need: ovs-vsctl set Bridge %s "
                           "datapath_type=netdev", a->bridge, a->bridge);
        bridge = NULL;
    }
    return bridge;
}

/* Decides on all interfaces and adds what is to be added.  Returns true if
 * done.  Otherwise either stores a message for a person, which the caller must
 * free, in '*error', or a null pointer if the database has changed meanwhile
 * and it makes sense to try again with its new contents. */
static bool
decide(struct automation *a, char **error)
{
    const struct ovsrec_bridge *bridge;
    struct decisions ds;
    bool done = true;

    *error = NULL;
    bridge = find_bridge(a, error);
    if (!bridge || ((!a->have_d || a->reread) && !discover(a, error))) {
        return false;
    }

    judge_all(a, &ds);
    if (ds.any && a->stale) {
        decisions_destroy(a, &ds);
        if (!discover(a, error)) {
            return false;
        }
        judge_all(a, &ds);
    }
    if (ds.any && !a->options->dry_run) {
        enum ovsdb_idl_txn_status status = add_all(a, bridge, ds.add, error);

        done = status == TXN_SUCCESS || status == TXN_UNCHANGED;
        if (!done && !*error && status != TXN_TRY_AGAIN) {
            *error = xasprintf("the transaction failed (%s)",
                               ovsdb_idl_txn_status_to_string(status));
        }
    }
    if (done) {
        report(a, &ds);
    }
    decisions_destroy(a, &ds);
    return done;
}

static void
run_once(struct automation *a)
{
    int retval = ovs_netvsc_db_wait(a->idl);

    if (retval) {
        ovs_fatal(0, "%s: database connection failed (%s)", a->options->db,
                  ovs_retval_to_string(retval));
    }
    for (;;) {
        unsigned int seqno = ovsdb_idl_get_seqno(a->idl);
        char *error;

        if (decide(a, &error)) {
            return;
        }
        if (error) {
            ovs_fatal(0, "%s", error);
        }
        a->reread = true;
        while (seqno == ovsdb_idl_get_seqno(a->idl)) {
            if (!ovsdb_idl_is_alive(a->idl)) {
                ovs_fatal(0, "%s: database connection failed (%s)",
                          a->options->db, ovs_retval_to_string(
                              ovsdb_idl_get_last_error(a->idl)));
            }
            ovsdb_idl_wait(a->idl);
            poll_block();
            ovsdb_idl_run(a->idl);
        }
    }
}

/* A netlink message, digested. */
struct kernel_change {
    uint16_t type;              /* RTM_*. */
    int ifindex;                /* Of an address. */
    struct netvsc_link_change link;
};

/* As nln_parse_func. */
static int
parse_message(struct ofpbuf *buf, void *change_)
{
    struct kernel_change *change = change_;
    const struct nlmsghdr *nlmsg = buf->data;
    struct netvsc_addr addr;
    uint8_t family;

    if (buf->size < NLMSG_HDRLEN + sizeof(struct rtgenmsg)) {
        return 0;
    }
    change->type = nlmsg->nlmsg_type;
    family = ((const struct rtgenmsg *) NLMSG_DATA(nlmsg))->rtgen_family;

    switch (nlmsg->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (!netvsc_rtnl_parse_addr(nlmsg, &addr)) {
            return 0;
        }
        change->ifindex = addr.ifindex;
        return (family == AF_INET ? RTNLGRP_IPV4_IFADDR
                : RTNLGRP_IPV6_IFADDR);

    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return family == AF_INET ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE;

    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
        return RTNLGRP_NEXTHOP;

    default:
        return netvsc_link_parse(buf, &change->link) ? RTNLGRP_LINK : 0;
    }
}

/* True if a NetVSC interface would be free but for its routes. */
static bool
routes_matter(const struct netvsc_discovery *d)
{
    for (size_t i = 0; i < d->n_found; i++) {
        const struct netvsc_found *found = &d->found[i];
        bool other = false;

        for (int j = 0; j < NETVSC_HAS_ROUTE4; j++) {
            other |= found->obstacles[j].n > 0;
        }
        if (!other && netvsc_found_obstacle(found)) {
            return true;
        }
    }
    return false;
}

/* As nln_notify_func: 'change' is a null pointer if messages were lost. */
static void
handle_change(const void *change_, void *a_)
{
    const struct kernel_change *change = change_;
    struct automation *a = a_;

    if (!change || !a->have_d) {
        a->stale = a->reread = true;
        return;
    }
    switch (change->type) {
    case RTM_NEWADDR:
    case RTM_NEWROUTE:
    case RTM_NEWNEXTHOP:
        a->stale = true;
        break;

    case RTM_DELADDR:
        a->reread |= netvsc_discovery_concerns(&a->d, change->ifindex);
        break;

    case RTM_DELROUTE:
    case RTM_DELNEXTHOP:
        a->reread |= routes_matter(&a->d);
        break;

    default:
        if (change->link.is_link
            && !netvsc_discovery_knows(&a->d, &change->link)) {
            a->reread = true;
        }
        break;
    }
    a->stale |= a->reread;
}

/* Says 'text' about the bridge or the database, unless it was said last;
 * forgets what was said last if it is a null pointer. */
static void
say_problem(struct automation *a, const char *text)
{
    if (text && (!a->bridge_said || strcmp(text, a->bridge_said))) {
        ovs_error(0, "%s; waiting", text);
    }
    free(a->bridge_said);
    a->bridge_said = nullable_xstrdup(text);
}

static void OVS_NO_RETURN
follow(struct automation *a)
{
    static const int groups[] = {
        RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
        RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_NEXTHOP,
    };
    struct kernel_change change;
    struct nln *nln = nln_create(NETLINK_ROUTE, parse_message, &change);
    unsigned int seqno = 0;

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (!nln_notifier_create(nln, groups[i], handle_change, a)
            && groups[i] != RTNLGRP_NEXTHOP) {
            /* Linux before 5.3 has no nexthop objects. */
            ovs_fatal(0, "cannot watch the kernel's links, addresses and "
                      "routes");
        }
    }

    for (;;) {
        char *error = NULL;

        ovsdb_idl_run(a->idl);
        nln_run(nln);
        if (!ovsdb_idl_is_connected(a->idl)) {
            /* No error so far: the first attempt is under way. */
            int retval = ovsdb_idl_get_last_error(a->idl);

            if (retval) {
                error = xasprintf("%s: database connection failed (%s)",
                                  a->options->db,
                                  ovs_retval_to_string(retval));
            }
        } else if (!ovsdb_idl_has_ever_connected(a->idl)) {
            /* The contents are yet to come. */
        } else if (seqno != ovsdb_idl_get_seqno(a->idl) || a->reread) {
            seqno = ovsdb_idl_get_seqno(a->idl);
            if (decide(a, &error)) {
                say_problem(a, NULL);
            }
        }
        if (error) {
            say_problem(a, error);
            free(error);
        }

        nln_wait(nln);
        ovsdb_idl_wait(a->idl);
        if (ovsdb_idl_is_connected(a->idl)
            && ovsdb_idl_has_ever_connected(a->idl)) {
            if (seqno != ovsdb_idl_get_seqno(a->idl)) {
                /* The database changed while a transaction was under way. */
                poll_immediate_wake();
            } else if (a->reread) {
                poll_timer_wait(REREAD_INTERVAL);
            }
        }
        poll_block();
    }
}

/* "auto BRIDGE". */
void
ovs_netvsc_auto(struct ovs_cmdl_context *ctx)
{
    const struct ovs_netvsc_options *options = ctx->pvt;
    struct automation a = {
        .options = options,
        .bridge = ctx->argv[1],
        .said = SMAP_INITIALIZER(&a.said),
    };

    if (!netvsc_sysfs_is_hyperv(options->sysfs)) {
        printf("this is no Hyper-V guest (there is no %s/bus/vmbus): nothing "
               "to do\n", options->sysfs);
        return;
    }

    setvbuf(stdout, NULL, _IOLBF, 0);
    a.idl = ovs_netvsc_db_open(options->db, options->follow);
    if (options->follow) {
        follow(&a);
    }
    run_once(&a);
    ovsdb_idl_destroy(a.idl);
    netvsc_discovery_destroy(&a.d);
    smap_destroy(&a.said);
    free(a.bridge_said);
}
