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

#include "vf-pmd.h"

/* The PCI driver.  All of this runs in the thread that probes or removes a
 * device, under EAL's locks. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bus_pci_driver.h>
#include <dev_driver.h>
#include <ethdev_pci.h>
#include <rte_kvargs.h>

RTE_LOG_REGISTER(vf_pmd_logtype, pmd.net.vf, NOTICE);

#define MAX_PORTS 16

/* The network devices on a function, those that are wanted. */
struct vf_devices {
    struct rte_ether_addr wanted[MAX_PORTS];
    unsigned int n_wanted;              /* 0 for all. */
    char names[MAX_PORTS][IFNAMSIZ];
    unsigned int n;
};

static int
parse_mac(const char *key __rte_unused, const char *value, void *devices_)
{
    struct vf_devices *devices = devices_;

    if (devices->n_wanted >= MAX_PORTS
        || rte_ether_unformat_addr(value,
                                   &devices->wanted[devices->n_wanted])) {
        VF_LOG(ERR, "bad or too many \"mac=%s\"", value);
        return -EINVAL;
    }
    devices->n_wanted++;
    return 0;
}

/* MANA's PMD knows "mac" and nothing else.  "mprq_en" is one of mlx5's. */
static int
parse_devargs(const struct rte_devargs *devargs, bool mana,
              struct vf_devices *devices)
{
    static const char *const mana_keys[] = { "mac", NULL };
    static const char *const mlx5_keys[] = { "mprq_en", NULL };
    struct rte_kvargs *args;
    int error;

    if (!devargs || !devargs->drv_str || !devargs->drv_str[0]) {
        return 0;
    }
    args = rte_kvargs_parse(devargs->drv_str, mana ? mana_keys : mlx5_keys);
    if (!args) {
        VF_LOG(ERR, "cannot parse devargs \"%s\"", devargs->drv_str);
        return -EINVAL;
    }
    error = rte_kvargs_process(args, "mac", parse_mac, devices);
    rte_kvargs_free(args);
    return error;
}

static int
read_mac(const char *ifname, struct rte_ether_addr *mac)
{
    char path[PATH_MAX], text[32];
    int error = -ENODEV;
    FILE *stream;

    snprintf(path, sizeof path, "/sys/class/net/%s/address", ifname);
    stream = fopen(path, "r");
    if (stream) {
        if (fgets(text, sizeof text, stream)) {
            text[strcspn(text, "\n")] = '\0';
            error = rte_ether_unformat_addr(text, mac) ? -EINVAL : 0;
        }
        fclose(stream);
    }
    return error;
}

static bool
is_wanted(const struct vf_devices *devices, const struct rte_ether_addr *mac)
{
    for (unsigned int i = 0; i < devices->n_wanted; i++) {
        if (rte_is_same_ether_addr(&devices->wanted[i], mac)) {
            return true;
        }
    }
    return !devices->n_wanted;
}

static void
find_devices(const char *bdf, struct vf_devices *devices)
{
    const struct dirent *de;
    char path[PATH_MAX];
    DIR *dir;

    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/net", bdf);
    dir = opendir(path);
    while (dir && (de = readdir(dir)) && devices->n < MAX_PORTS) {
        struct rte_ether_addr mac;

        if (de->d_name[0] != '.' && !read_mac(de->d_name, &mac)
            && is_wanted(devices, &mac)) {
            snprintf(devices->names[devices->n++], IFNAMSIZ, "%.*s",
                     IFNAMSIZ - 1, de->d_name);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

static int
create_port(struct rte_pci_device *pci, const char *ifname, int number,
            bool mana)
{
    char name[RTE_ETH_NAME_MAX_LEN];
    struct rte_eth_dev *ethdev;
    struct vf_port *port;

    if (mana) {
        snprintf(name, sizeof name, "%s_port%d", pci->device.name, number);
    } else {
        snprintf(name, sizeof name, "%s", pci->device.name);
    }
    ethdev = rte_eth_dev_allocate(name);
    if (!ethdev) {
        return -ENOMEM;
    }
    port = rte_zmalloc_socket(name, sizeof *port, RTE_CACHE_LINE_SIZE,
                              pci->device.numa_node);
    ethdev->data->dev_private = port;
    ethdev->data->mac_addrs = rte_zmalloc(name, RTE_ETHER_ADDR_LEN, 0);
    ethdev->device = &pci->device;
    if (!port || !ethdev->data->mac_addrs
        || read_mac(ifname, ethdev->data->mac_addrs)
        || !(port->ifindex = if_nametoindex(ifname))) {
        rte_eth_dev_release_port(ethdev);
        return -ENODEV;
    }
    port->port_id = ethdev->data->port_id;
    port->mana = mana;
    snprintf(port->ifname, sizeof port->ifname, "%s", ifname);
    for (int i = 0; i < VF_MAX_QUEUES; i++) {
        port->rxqs[i].fd = port->txqs[i].fd = -1;
    }
    rte_eth_copy_pci_info(ethdev, pci);
    vf_ethdev_init(ethdev);
    port->was_up = vf_port_is_up(port);
    vf_event_add(port);
    rte_eth_dev_probing_finish(ethdev);
    VF_LOG(NOTICE, "%s: port %d is %s", name, port->port_id, ifname);
    return 0;
}

static int
vf_pci_probe(struct rte_pci_driver *driver __rte_unused,
             struct rte_pci_device *pci)
{
    struct vf_devices devices = { .n_wanted = 0 };
    bool mana = vf_event_mode().mana;
    unsigned int n_created = 0;
    int error;

    error = vf_event_start();
    if (!error) {
        error = parse_devargs(pci->device.devargs, mana, &devices);
    }
    if (error) {
        return error;
    }
    find_devices(pci->device.name, &devices);
    for (unsigned int i = 0; i < devices.n && (mana || !i); i++) {
        error = create_port(pci, devices.names[i], i + 1, mana);
        n_created += !error;
    }
    return n_created ? 0 : error ? error : -ENODEV;
}

static int
uninit_port(struct rte_eth_dev *ethdev)
{
    return rte_eth_dev_close(ethdev->data->port_id);
}

/* Finds a port of the function's name, which none of MANA's has: there too
 * this leaves the ports. */
static int
vf_pci_remove(struct rte_pci_device *pci)
{
    return rte_eth_dev_pci_generic_remove(pci, uninit_port);
}

/* NICs that QEMU emulates, with PCI functions as parents of their network
 * devices.  DPDK's own PMDs for them need the function to be bound to a driver
 * like vfio-pci, and pass it by. */
static const struct rte_pci_id ids[] = {
    { RTE_PCI_DEVICE(0x8086, 0x10d3) },     /* e1000e */
    { RTE_PCI_DEVICE(0x8086, 0x100e) },     /* e1000 */
    { RTE_PCI_DEVICE(0x15ad, 0x07b0) },     /* vmxnet3 */
    { .vendor_id = 0 },
};

static struct rte_pci_driver vf_pci_driver = {
    .id_table = ids,
    .probe = vf_pci_probe,
    .remove = vf_pci_remove,
    .drv_flags = RTE_PCI_DRV_INTR_LSC | RTE_PCI_DRV_INTR_RMV,
};

RTE_PMD_REGISTER_PCI(net_vf_pmd, vf_pci_driver);
RTE_PMD_REGISTER_PCI_TABLE(net_vf_pmd, ids);
RTE_PMD_REGISTER_PARAM_STRING(net_vf_pmd, "mac=<address>");
