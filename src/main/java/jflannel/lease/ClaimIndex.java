package jflannel.lease;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Finds claims that might conflict with another: with overlapping blocks, an address within the other's block, or
/// the same identity.
final class ClaimIndex {
    private final NavigableMap<Cidr, List<Claim>> byBlock = new TreeMap<>();
    /// The number of claimed blocks of each prefix length. In practice there are one or two lengths.
    private final int[] lengths = new int[129];
    private final NavigableMap<Ip, List<Claim>> byAddress = new TreeMap<>();
    private final Map<String, List<Claim>> byIdentity = new HashMap<>();

    void clear() {
        byBlock.clear();
        byAddress.clear();
        byIdentity.clear();
        Arrays.fill(lengths, 0);
    }

    void add(Claim claim) {
        for (Cidr block : claim.lease().cidrs()) {
            add(byBlock, block, claim);
            lengths[block.length()]++;
        }
        addresses(claim).forEach(ip -> add(byAddress, ip, claim));
        claim.identities().forEach(identity -> add(byIdentity, identity, claim));
    }

    /// @param claim one that was added
    void remove(Claim claim) {
        for (Cidr block : claim.lease().cidrs()) {
            remove(byBlock, block, claim);
            lengths[block.length()]--;
        }
        addresses(claim).forEach(ip -> remove(byAddress, ip, claim));
        claim.identities().forEach(identity -> remove(byIdentity, identity, claim));
    }

    /// Claims that might conflict with this one; may contain duplicates.
    List<Claim> rivals(Claim claim) {
        List<Claim> rivals = new ArrayList<>();
        for (Cidr block : claim.lease().cidrs()) {
            around(block, rivals);
            byBlock.subMap(block, true, Cidr.host(block.last()), true).values().forEach(rivals::addAll);
            byAddress.subMap(block.address(), true, block.last(), true).values().forEach(rivals::addAll);
        }
        addresses(claim).forEach(ip -> around(Cidr.host(ip), rivals));
        claim.identities().forEach(identity -> rivals.addAll(byIdentity.getOrDefault(identity, List.of())));
        rivals.removeIf(rival -> rival.id().equals(claim.id()));
        return rivals;
    }

    /// The oldest other claim with one of this claim's addresses; null if there is none.
    Claim oldestAtTheSameAddress(Claim claim) {
        return addresses(claim).stream()
                .flatMap(ip -> byAddress.getOrDefault(ip, List.of()).stream().limit(2))
                .filter(other -> !other.id().equals(claim.id()))
                .min(Claim.OLDEST_FIRST)
                .orElse(null);
    }

    /// Adds the holders of blocks that contain this one.
    private void around(Cidr block, List<Claim> found) {
        for (int length = 0; length < block.length(); length++) {
            if (lengths[length] > 0) {
                found.addAll(byBlock.getOrDefault(new Cidr(block.address(), length), List.of()));
            }
        }
    }

    private static Collection<Ip> addresses(Claim claim) {
        return claim.lease().announced().publicIps().values();
    }

    private static <K> void add(Map<K, List<Claim>> index, K key, Claim claim) {
        List<Claim> oldestFirst = index.computeIfAbsent(key, _ -> new ArrayList<>(1));
        int at = Collections.binarySearch(oldestFirst, claim, Claim.OLDEST_FIRST);
        if (at < 0) {
            oldestFirst.add(-at - 1, claim);
        }
    }

    private static <K> void remove(Map<K, List<Claim>> index, K key, Claim claim) {
        List<Claim> there = index.get(key);
        if (there != null && there.remove(claim) && there.isEmpty()) {
            index.remove(key);
        }
    }
}
