package jflannel.policy;

import jflannel.nftables.NftVerdict;

/// An element of an nftables set.
///
/// @param key the first key of a range, or the only one
/// @param end the last key of a range; or else empty
/// @param verdict what a map has for the key; [NftVerdict#NONE] in a set
record Element(Octets key, Octets end, NftVerdict verdict) {
    static Element of(Octets key) {
        return new Element(key, Octets.NONE, NftVerdict.NONE);
    }
}
