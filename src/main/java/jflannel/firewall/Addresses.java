package jflannel.firewall;

import jflannel.ip.Cidr;

/// The addresses that a rule matches: those in a block, or those outside it.
record Addresses(Cidr cidr, boolean outside) {
    static Addresses in(Cidr cidr) {
        return new Addresses(cidr, false);
    }

    static Addresses outside(Cidr cidr) {
        return new Addresses(cidr, true);
    }

    /// True if it matches every address. Tools print no condition then.
    boolean all() {
        return !outside && cidr.length() == 0;
    }

    /// True if it matches no address.
    boolean none() {
        return outside && cidr.length() == 0;
    }
}
