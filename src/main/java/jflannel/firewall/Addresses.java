package jflannel.firewall;

import jflannel.ip.Cidr;

/// The addresses that a rule speaks of: those in a block, or those outside it.
record Addresses(Cidr cidr, boolean outside) {
    static Addresses in(Cidr cidr) {
        return new Addresses(cidr, false);
    }

    static Addresses outside(Cidr cidr) {
        return new Addresses(cidr, true);
    }

    /// True if every address is meant. Tools print no condition then.
    boolean all() {
        return !outside && cidr.length() == 0;
    }

    /// True if no address is meant.
    boolean none() {
        return outside && cidr.length() == 0;
    }
}
