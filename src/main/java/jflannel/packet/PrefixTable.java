package jflannel.packet;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// Networks of one family, each with a number; finds the narrowest one around an address without allocating.
///
/// One open-addressed hash table for every prefix length in use, narrowest first. A cluster has one length, or a
/// few, so a look-up is about one probe however many peers there are.
public final class PrefixTable {
    public static final int NONE = -1;

    private final OneLength[] narrowestFirst;

    /// @param numbers the networks, all of the same family, and their numbers, not negative
    public PrefixTable(Map<Cidr, Integer> numbers) {
        TreeMap<Integer, Map<Cidr, Integer>> byLength = new TreeMap<>((a, b) -> b - a);
        numbers.forEach((cidr, number) ->
                byLength.computeIfAbsent(cidr.length(), _ -> new TreeMap<>()).put(cidr, number));
        narrowestFirst = byLength.entrySet().stream()
                .map(e -> new OneLength(e.getKey(), e.getValue()))
                .toArray(OneLength[]::new);
    }

    /// The number of the narrowest network around the address, or [#NONE].
    ///
    /// @param high upper 64 bits of an IPv6 address, 0 for IPv4
    /// @param low lower 64 bits of an IPv6 address, or an IPv4 address as an unsigned 32-bit number
    public int find(long high, long low) {
        for (OneLength table : narrowestFirst) {
            int number = table.find(high & table.highMask, low & table.lowMask);
            if (number != NONE) {
                return number;
            }
        }
        return NONE;
    }

    /// All networks of one prefix length.
    private static final class OneLength {
        final long highMask;
        final long lowMask;
        private final long[] keys; // high, low, high, low, ...
        private final int[] numbers; // NONE marks a free slot
        private final int slotMask;

        OneLength(int length, Map<Cidr, Integer> entries) {
            Family family = entries.keySet().iterator().next().family();
            int lowBits = family == Family.IPV4 ? length + 32 : length - 64; // IPv4 fills the lower half of `low`
            highMask = family == Family.IPV4 ? 0 : upper(length);
            lowMask = upper(lowBits);
            int slots = Integer.highestOneBit(entries.size()) * 4; // so at most half full
            slotMask = slots - 1;
            keys = new long[slots * 2];
            numbers = new int[slots];
            Arrays.fill(numbers, NONE);
            entries.forEach(this::add);
        }

        private void add(Cidr cidr, int number) {
            long high = cidr.address().high();
            long low = cidr.address().low();
            int slot = slot(high, low);
            while (numbers[slot] != NONE) {
                slot = slot + 1 & slotMask;
            }
            keys[slot * 2] = high;
            keys[slot * 2 + 1] = low;
            numbers[slot] = number;
        }

        int find(long high, long low) {
            int slot = slot(high, low);
            while (numbers[slot] != NONE && (keys[slot * 2] != high || keys[slot * 2 + 1] != low)) {
                slot = slot + 1 & slotMask;
            }
            return numbers[slot];
        }

        private int slot(long high, long low) {
            long mixed = (high * 31 + low) * 0x9e3779b97f4a7c15L; // golden ratio: spreads equally spaced subnets
            return (int) (mixed >>> 32) & slotMask;
        }

        private static long upper(int bits) {
            return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << 64 - bits;
        }
    }
}
