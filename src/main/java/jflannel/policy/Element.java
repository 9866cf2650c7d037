package jflannel.policy;

import java.util.Arrays;
import jflannel.nftables.NftVerdict;

/// An element of an nftables set.
///
/// @param key the first key of a range, or the only one
/// @param end the last key of a range; or else empty
/// @param verdict what a map has for the key; [NftVerdict#NONE] in a set
record Element(Octets key, Octets end, NftVerdict verdict) {
    /// True if the key is within the range.
    boolean contains(byte[] other) {
        return end.bytes().length == other.length
                && Arrays.compareUnsigned(key.bytes(), other) <= 0
                && Arrays.compareUnsigned(other, end.bytes()) <= 0;
    }

    static Element of(Octets key) {
        return new Element(key, Octets.NONE, NftVerdict.NONE);
    }
}
