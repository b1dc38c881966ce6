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

#include "netvsc-options.h"

#include <string.h>

#include "netvsc-synthetic.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* Linux allows more; no NIC that this class is for has so many. */
#define MAX_QUEUES 64

/* Parsers for one option each.  They return a null pointer if 'value' is good
 * and was stored in '*options', otherwise what 'value' should have been. */
typedef const char *parse_func(const char *value, struct netvsc_options *);

/* The rules are those of dev_valid_name() in the kernel's net/core/dev.c. */
static const char *
parse_iface(const char *value, struct netvsc_options *options)
{
    if (!value[0] || strlen(value) >= sizeof options->iface
        || value[strcspn(value, "/: \f\n\r\t\v")]
        || !strcmp(value, ".") || !strcmp(value, "..")) {
        return "the name of a network interface";
    }
    ovs_strlcpy(options->iface, value, sizeof options->iface);
    return NULL;
}

static const char *
parse_mac(const char *value, struct netvsc_options *options)
{
    return (eth_addr_from_string(value, &options->mac)
            && !eth_addr_is_multicast(options->mac)
            && !eth_addr_is_zero(options->mac)
            ? NULL : "a unicast Ethernet address, like 00:0d:3a:01:02:03");
}

static const char *
parse_bool(const char *value, bool *b)
{
    *b = !strcasecmp(value, "true");
    return *b || !strcasecmp(value, "false") ? NULL : "\"true\" or \"false\"";
}

static const char *
parse_force(const char *value, struct netvsc_options *options)
{
    return parse_bool(value, &options->force);
}

static const char *
parse_ignore(const char *value, struct netvsc_options *options)
{
    return parse_bool(value, &options->ignore);
}

static const char *
parse_synthetic(const char *value, struct netvsc_options *options)
{
    if (!strcmp(value, "auto")) {
        return NULL;
    }
    options->synthetic = netvsc_synthetic_by_name(value);
    return (options->synthetic
            ? NULL : "\"auto\", \"tap\", \"af_xdp\" or \"af_packet\"");
}

static const char *
parse_vf(const char *value, struct netvsc_options *options)
{
    static const struct {
        const char *name;
        enum netvsc_vf_mode mode;
    } modes[] = {
        { "auto", NETVSC_VF_AUTO },
        { "off", NETVSC_VF_OFF },
        { "any", NETVSC_VF_ANY },
    };

    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(value, modes[i].name)) {
            options->vf = modes[i].mode;
            return NULL;
        }
    }

    /* "class=eth,mac=" probes nothing and may find the wrong port. */
    if ((strchr(value, ':') || !strncmp(value, "net_", 4))
        && strncmp(value, "class=", 6)
        && strlen(value) < sizeof options->vf_devargs) {
        options->vf = NETVSC_VF_DEVARGS;
        ovs_strlcpy(options->vf_devargs, value, sizeof options->vf_devargs);
        return NULL;
    }
    return "\"auto\", \"off\", \"any\" or the devargs of a PCI or virtual "
           "device, like 0000:00:02.0 or net_af_xdp_vf,iface=eth2";
}

static const char *
parse_vf_extra_devargs(const char *value, struct netvsc_options *options)
{
    if (!strchr(value, '=') || value[0] == ','
        || strlen(value) >= sizeof options->vf_extra_devargs) {
        return "devargs for the VF's PMD, like mprq_en=1";
    }
    ovs_strlcpy(options->vf_extra_devargs, value,
                sizeof options->vf_extra_devargs);
    return NULL;
}

static const char *
parse_ms(const char *value, int *ms)
{
    return (str_to_int(value, 10, ms) && *ms >= 0 && *ms <= 3600000
            ? NULL : "a number of milliseconds, at most 3600000");
}

static const char *
parse_vf_up_delay(const char *value, struct netvsc_options *options)
{
    return parse_ms(value, &options->vf_up_delay);
}

static const char *
parse_vf_flap_limit(const char *value, struct netvsc_options *options)
{
    return (str_to_int(value, 10, &options->vf_flap_limit)
            && options->vf_flap_limit >= 0
            && options->vf_flap_limit <= NETVSC_MAX_FLAP_LIMIT
            ? NULL : "a number from 0, for no limit, to 16");
}

static const char *
parse_vf_flap_window(const char *value, struct netvsc_options *options)
{
    return parse_ms(value, &options->vf_flap_window);
}

static const char *
parse_vf_flap_hold_max(const char *value, struct netvsc_options *options)
{
    return parse_ms(value, &options->vf_flap_hold_max);
}

static const char *
parse_n_rxq(const char *value, struct netvsc_options *options)
{
    return (str_to_int(value, 10, &options->n_rxq)
            && options->n_rxq >= 1 && options->n_rxq <= MAX_QUEUES
            ? NULL : "a number from 1 to 64");
}

/* netdev-dpdk wants a power of two and silently takes its default otherwise;
 * NIC_PORT_MAX_RXQ_SIZE and NIC_PORT_MAX_TXQ_SIZE there are 4096. */
static const char *
parse_n_desc(const char *value, int *n_desc)
{
    return (str_to_int(value, 10, n_desc) && *n_desc >= 1 && *n_desc <= 4096
            && is_pow2(*n_desc)
            ? NULL : "a power of two, at most 4096");
}

static const char *
parse_n_rxq_desc(const char *value, struct netvsc_options *options)
{
    return parse_n_desc(value, &options->n_rxq_desc);
}

static const char *
parse_n_txq_desc(const char *value, struct netvsc_options *options)
{
    return parse_n_desc(value, &options->n_txq_desc);
}

static const struct option_parser {
    const char *key;
    parse_func *parse;
} parsers[] = {
    { "iface", parse_iface },
    { "mac", parse_mac },
    { "force", parse_force },
    { "ignore", parse_ignore },
    { "synthetic", parse_synthetic },
    { "vf", parse_vf },
    { "vf-extra-devargs", parse_vf_extra_devargs },
    { "vf-up-delay", parse_vf_up_delay },
    { "vf-flap-limit", parse_vf_flap_limit },
    { "vf-flap-window", parse_vf_flap_window },
    { "vf-flap-hold-max", parse_vf_flap_hold_max },
    { "n_rxq", parse_n_rxq },
    { "n_rxq_desc", parse_n_rxq_desc },
    { "n_txq_desc", parse_n_txq_desc },
};

static const struct option_parser *
find_parser(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(parsers); i++) {
        if (!strcmp(key, parsers[i].key)) {
            return &parsers[i];
        }
    }
    return NULL;
}

/* Parses 'args', an Interface's options, into '*options'.  Returns a null
 * pointer if successful, otherwise a message for a person that names the
 * option and says what it may be, which the caller must free. */
char *
netvsc_options_parse(const struct smap *args, struct netvsc_options *options)
{
    const struct smap_node *node;

    memset(options, 0, sizeof *options);
    options->n_rxq = 1;
    options->vf_flap_limit = 5;
    options->vf_flap_window = 60000;
    options->vf_flap_hold_max = 60000;

    SMAP_FOR_EACH (node, args) {
        const struct option_parser *p = find_parser(node->key);
        const char *expected;

        if (!p) {
            struct ds s = DS_EMPTY_INITIALIZER;

            ds_put_format(&s, "unknown option \"%s\"; a netvsc port has",
                          node->key);
            for (size_t i = 0; i < ARRAY_SIZE(parsers); i++) {
                ds_put_format(&s, "%s %s", i ? "," : "", parsers[i].key);
            }
            return ds_steal_cstr(&s);
        }
        expected = p->parse(node->value, options);
        if (expected) {
            return xasprintf("options:%s=\"%s\" is not valid: it must be %s",
                             node->key, node->value, expected);
        }
    }

    if (options->iface[0] && !eth_addr_is_zero(options->mac)) {
        return xstrdup("options:iface and options:mac exclude each other: "
                       "remove one of them");
    }
    if (options->vf_extra_devargs[0] && options->vf == NETVSC_VF_DEVARGS) {
        return xstrdup("options:vf-extra-devargs goes with options:vf=auto or "
                       "any: append them to the devargs in options:vf");
    }
    return NULL;
}
