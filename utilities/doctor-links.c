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

#include "doctor-facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor-files.h"
#include "netvsc-policy.h"
#include "packets.h"
#include "util.h"

/* The interfaces, PCI network controllers and addresses, and what belongs
 * together. */

/* linux/if.h. */
#define FLAG_UP 0x1
#define FLAG_RUNNING 0x40

static struct doctor_link *
find_link(struct doctor_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->n_links; i++) {
        if (!strcmp(facts->links[i].link.rt.name, name)) {
            return &facts->links[i];
        }
    }
    return NULL;
}

static struct doctor_link *
find_link_by_ifindex(struct doctor_facts *facts, int ifindex)
{
    for (size_t i = 0; i < facts->n_links; i++) {
        if (facts->links[i].link.rt.ifindex == ifindex) {
            return &facts->links[i];
        }
    }
    return NULL;
}

/* NetworkManager keeps /run/NetworkManager/devices/IFINDEX; networkd
 * /run/systemd/netif/links/IFINDEX. */
static void
read_managers(struct doctor_facts *facts, struct doctor_link *link)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    int ifindex = link->link.rt.ifindex;
    const char *line;
    size_t i;

    doctor_lines(&lines, facts->root, "/run/NetworkManager/devices/%d",
                 ifindex);
    link->nm_known = lines.n > 0;
    SVEC_FOR_EACH (i, line, &lines) {
        link->nm_managed |= !strcmp(line, "managed=true");
    }
    svec_clear(&lines);
    doctor_lines(&lines, facts->root, "/run/systemd/netif/links/%d", ifindex);
    SVEC_FOR_EACH (i, line, &lines) {
        if (!strncmp(line, "ADMIN_STATE=", strlen("ADMIN_STATE="))) {
            free(link->networkd);
            link->networkd = xstrdup(line + strlen("ADMIN_STATE="));
        }
    }
    svec_destroy(&lines);
}

static void
read_link(struct doctor_facts *facts, const char *name,
          struct doctor_link *link)
{
    struct netvsc_link_change *rt = &link->link.rt;
    char *sysfs = xasprintf("%s/sys", facts->root);
    long long int flags, mtu;

    memset(link, 0, sizeof *link);
    netvsc_sysfs_read(sysfs, name, &link->link.sysfs);
    free(sysfs);

    rt->is_link = true;
    rt->ifindex = link->link.sysfs.ifindex;
    rt->mac = link->link.sysfs.mac;
    rt->arphrd = link->link.sysfs.arphrd;
    rt->master = link->link.sysfs.master;
    ovs_strlcpy(rt->name, name, sizeof rt->name);
    flags = doctor_number(facts->root, "/sys/class/net/%s/flags", name);
    mtu = doctor_number(facts->root, "/sys/class/net/%s/mtu", name);
    /* This attribute has no IFF_RUNNING. */
    rt->flags = flags > 0 ? flags & ~FLAG_RUNNING : 0;
    if (doctor_number(facts->root, "/sys/class/net/%s/carrier", name) == 1) {
        rt->flags |= FLAG_RUNNING;
    }
    rt->mtu = MAX(mtu, 0);
    read_managers(facts, link);
}

static void
read_links(struct doctor_facts *facts)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const char *name;
    size_t i;

    doctor_glob(&names, facts->root, "/sys/class/net/*");
    facts->links = xcalloc(names.n + 1, sizeof *facts->links);
    SVEC_FOR_EACH (i, name, &names) {
        struct doctor_link *link = &facts->links[facts->n_links];

        read_link(facts, strrchr(name, '/') + 1, link);
        facts->n_links += link->link.rt.ifindex != 0;
    }
    svec_destroy(&names);
}

/* Reads 32 hexadecimal digits.  Returns false if there are others. */
static bool
parse_hex(const char *hex, struct in6_addr *address)
{
    for (size_t i = 0; i < sizeof address->s6_addr; i++) {
        bool ok;

        address->s6_addr[i] = hexits_value(&hex[2 * i], 2, &ok);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static void
set_address(struct doctor_link *link, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN];

    if (link && !link->address
        && inet_ntop(family, address, text, sizeof text)) {
        link->address = xstrdup(text);
    }
}

/* The addresses of this machine. */
static void
read_addresses(struct doctor_facts *facts)
{
    struct ifaddrs *list;

    if (getifaddrs(&list)) {
        return;
    }
    for (const struct ifaddrs *ifa = list; ifa; ifa = ifa->ifa_next) {
        if (ifa->ifa_addr && ifa->ifa_addr->sa_family == AF_INET) {
            struct sockaddr_in sin;

            memcpy(&sin, ifa->ifa_addr, sizeof sin);
            set_address(find_link(facts, ifa->ifa_name), AF_INET,
                        &sin.sin_addr);
        } else if (ifa->ifa_addr && ifa->ifa_addr->sa_family == AF_INET6) {
            struct sockaddr_in6 sin6;

            memcpy(&sin6, ifa->ifa_addr, sizeof sin6);
            if (!IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr)) {
                set_address(find_link(facts, ifa->ifa_name), AF_INET6,
                            &sin6.sin6_addr);
            }
        }
    }
    freeifaddrs(list);
}

/* The addresses of a machine that is a folder: of IPv6 there is
 * /proc/net/if_inet6, "ADDRESS IFINDEX PLEN SCOPE FLAGS NAME" in hexadecimal;
 * of IPv4 there are the networks that are connected, in /proc/net/route,
 * "IFACE DESTINATION GATEWAY FLAGS REFCNT USE METRIC MASK ...". */
static void
read_address_files(struct doctor_facts *facts)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const char *line;
    size_t i;

    doctor_lines(&lines, facts->root, "/proc/net/route");
    SVEC_FOR_EACH (i, line, &lines) {
        char name[IFNAMSIZ];
        unsigned int destination, gateway;

        if (ovs_scan(line, "%15s %x %x", name, &destination, &gateway)
            && destination && !gateway) {
            set_address(find_link(facts, name), AF_INET, &destination);
        }
    }
    svec_clear(&lines);
    doctor_lines(&lines, facts->root, "/proc/net/if_inet6");
    SVEC_FOR_EACH (i, line, &lines) {
        struct in6_addr address;
        char hex[33];
        unsigned int ifindex;

        if (ovs_scan(line, "%32s %x", hex, &ifindex)
            && parse_hex(hex, &address)
            && !IN6_IS_ADDR_LINKLOCAL(&address)) {
            set_address(find_link_by_ifindex(facts, ifindex), AF_INET6,
                        &address);
        }
    }
    svec_destroy(&lines);
}

/* PCI devices of class 0x02, network controllers. */
static void
read_pcis(struct doctor_facts *facts)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const char *name;
    size_t i;

    doctor_glob(&names, facts->root, "/sys/bus/pci/devices/*");
    facts->pcis = xcalloc(names.n + 1, sizeof *facts->pcis);
    SVEC_FOR_EACH (i, name, &names) {
        struct doctor_pci *pci = &facts->pcis[facts->n_pcis];
        struct svec netdevs = SVEC_EMPTY_INITIALIZER;
        char *driver, *pattern;

        if (doctor_number(facts->root, "%s/class", name) >> 16 != 0x02) {
            continue;
        }
        facts->n_pcis++;
        ovs_strlcpy(pci->bdf, strrchr(name, '/') + 1, sizeof pci->bdf);
        pci->vendor = doctor_number(facts->root, "%s/vendor", name);
        pci->device = doctor_number(facts->root, "%s/device", name);
        driver = doctor_base(facts->root, "%s/driver", name);
        ovs_strlcpy(pci->driver, driver ? driver : "", sizeof pci->driver);
        free(driver);
        pattern = xasprintf("%s/net/*", name);
        doctor_glob(&netdevs, facts->root, pattern);
        free(pattern);
        /* Below virtio devices there is another one. */
        pattern = xasprintf("%s/*/net/*", name);
        doctor_glob(&netdevs, facts->root, pattern);
        free(pattern);
        pci->netdev = (netdevs.n
                       ? xstrdup(strrchr(netdevs.names[0], '/') + 1) : NULL);
        svec_destroy(&netdevs);
    }
    svec_destroy(&names);
}

/* Returns the interface that 'port' drives, or is to drive, or a null
 * pointer. */
static struct doctor_link *
link_of_port(struct doctor_facts *facts, const struct doctor_port *port)
{
    const char *name = smap_get(&port->status, "netvsc_iface");
    const char *mac_text = smap_get(&port->options, "mac");
    struct eth_addr mac;

    if (!name && mac_text && eth_addr_from_string(mac_text, &mac)) {
        for (size_t i = 0; i < facts->n_links; i++) {
            struct doctor_link *link = &facts->links[i];

            if (link->link.sysfs.is_netvsc
                && eth_addr_equals(link->link.rt.mac, mac)) {
                return link;
            }
        }
        return NULL;
    }
    if (!name) {
        name = smap_get_def(&port->options, "iface", port->name);
    }
    return find_link(facts, name);
}

/* Returns the VF of 'pair', or a null pointer. */
static const struct doctor_link *
find_vf(struct doctor_facts *facts, const struct doctor_pair *pair)
{
    const struct doctor_link *vf = NULL;
    const char *name;

    name = pair->port ? smap_get(&pair->port->status, "vf_iface") : NULL;
    if (name && find_link(facts, name)) {
        return find_link(facts, name);
    }
    for (size_t i = 0; i < facts->n_links; i++) {
        const struct doctor_link *link = &facts->links[i];

        if (netvsc_policy_judge_vf(&pair->netvsc->link, &link->link,
                                   NETVSC_VF_AUTO) == NETVSC_VF_ACCEPTED
            && (!vf || netvsc_policy_prefer_vf(&pair->netvsc->link, &vf->link,
                                               &link->link) == &link->link)) {
            vf = link;
        }
    }
    return vf;
}

static void
pair_up(struct doctor_facts *facts)
{
    facts->pairs = xcalloc(facts->n_links + 1, sizeof *facts->pairs);
    for (size_t i = 0; i < facts->n_links; i++) {
        struct doctor_pair *pair = &facts->pairs[facts->n_pairs];
        struct doctor_link *link = &facts->links[i];

        memset(pair, 0, sizeof *pair);
        for (size_t j = 0; j < facts->n_ports; j++) {
            if (link_of_port(facts, &facts->ports[j]) == link) {
                pair->port = &facts->ports[j];
            }
        }
        if (link->link.sysfs.is_netvsc || pair->port) {
            pair->netvsc = link;
            pair->vf = find_vf(facts, pair);
            facts->n_pairs++;
        }
    }
}

/* Collects the links; the ports must be known. */
void
doctor_facts_collect_links(struct doctor_facts *facts)
{
    read_links(facts);
    if (facts->root[0]) {
        read_address_files(facts);
    } else {
        read_addresses(facts);
    }
    read_pcis(facts);
    pair_up(facts);
}
