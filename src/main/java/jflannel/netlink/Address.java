package jflannel.netlink;

import jflannel.ip.Ip;

/// An address of an interface: `struct ifaddrmsg`, rtnetlink(7), linux/if_addr.h.
///
/// @param length prefix length in bits
public record Address(int ifIndex, Ip ip, int length) implements KernelObject {
    @Override
    public Object key() {
        return this;
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public String toString() {
        return "address " + ip + "/" + length + " dev " + ifIndex;
    }
}
