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

/* options: a session of Interface options, a set a line. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-options.h"
#include "netvsc-synthetic.h"
#include "packets.h"
#include "smap.h"
#include "test-netvsc.h"
#include "util.h"

static const char *
vf_mode_to_string(enum netvsc_vf_mode mode)
{
    switch (mode) {
    case NETVSC_VF_AUTO: return "auto";
    case NETVSC_VF_OFF: return "off";
    case NETVSC_VF_ANY: return "any";
    case NETVSC_VF_DEVARGS: return "devargs";
    default: OVS_NOT_REACHED();
    }
}

/* Prints 'label' and 'text', in the middle of which a long run of x becomes
 * its length. */
static void
print_text(const char *label, const char *text)
{
    const char *p = strstr(text, "xxxx");
    size_t n = p ? strspn(p, "x") : 0;

    if (n) {
        printf("%s%.*s<%"PRIuSIZE" x>%s", label, (int) (p - text), text, n,
               p + n);
    } else {
        printf("%s%s", label, text);
    }
}

static void
print_options(const struct netvsc_options *o)
{
    printf("  iface=%s", o->iface);
    if (!eth_addr_is_zero(o->mac)) {
        printf(" mac="ETH_ADDR_FMT, ETH_ADDR_ARGS(o->mac));
    }
    printf("%s%s synthetic=%s vf=%s", o->force ? " force" : "",
           o->ignore ? " ignore" : "",
           o->synthetic ? o->synthetic->name : "auto",
           vf_mode_to_string(o->vf));
    print_text(o->vf_devargs[0] ? ":" : "", o->vf_devargs);
    if (o->vf_extra_devargs[0]) {
        print_text(" extra=", o->vf_extra_devargs);
    }
    if (o->vf_up_delay) {
        printf(" delay=%d", o->vf_up_delay);
    }
    if (o->vf_flap_limit != 5 || o->vf_flap_window != 60000
        || o->vf_flap_hold_max != 60000) {
        printf(" flap=%d,%d,%d", o->vf_flap_limit, o->vf_flap_window,
               o->vf_flap_hold_max);
    }
    printf(" rxq=%d", o->n_rxq);
    if (o->n_rxq_desc || o->n_txq_desc) {
        printf(" desc=%d,%d", o->n_rxq_desc, o->n_txq_desc);
    }
    putchar('\n');
}

/* Returns a copy of 'value' in which "x*N" at the end stands for as many x as
 * make it N characters long. */
static char *
pad(const char *value)
{
    const char *p = strstr(value, "x*");
    char *padded;
    int n;

    if (!p || !ovs_scan(p, "x*%d", &n)) {
        return xstrdup(value);
    }
    padded = xmalloc(n + 1);
    memset(padded, 'x', n);
    memcpy(padded, value, p - value);
    padded[n] = '\0';
    return padded;
}

void
test_options(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line)) {
        struct smap args = SMAP_INITIALIZER(&args);
        struct netvsc_options options;
        char *error;

        while (test_next_word(&line)) {
            smap_add_nocopy(&args, xstrdup(line.word), pad(line.value));
        }
        error = netvsc_options_parse(&args, &options);
        if (error) {
            print_text("  error: ", error);
            putchar('\n');
            free(error);
        } else {
            print_options(&options);
        }
        smap_destroy(&args);
    }
}
