package jflannel.bpf;

import java.util.Locale;

/// The kernel's functions that programs may call: bpf-helpers(7).
public enum Helper {
    MAP_LOOKUP_ELEM(1),
    GET_PRANDOM_U32(7),
    SKB_STORE_BYTES(9),
    REDIRECT(23),
    SKB_LOAD_BYTES(26),
    CSUM_DIFF(28),
    GET_HASH_RECALC(34),
    SKB_CHANGE_HEAD(43),
    SKB_ADJUST_ROOM(50),
    /// Since Linux 5.10.
    REDIRECT_NEIGH(152);

    final int number;

    Helper(int number) {
        this.number = number;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
