package jflannel.lease;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Finds claims that might conflict with another: with overlapping blocks, an address within the other's block, or
/// the same identity.
final class ClaimIndex {
    private final NavigableMap<Cidr, List<Claim>> byBlock = new TreeMap<>();
    private final NavigableMap<Ip, List<Claim>> byAddress = new TreeMap<>();
    private final Map<String, List<Claim>> byIdentity = new HashMap<>();

    void clear() {
        byBlock.clear();
        byAddress.clear();
        byIdentity.clear();
    }

    void add(Claim claim) {
        claim.lease().cidrs().forEach(cidr -> add(byBlock, cidr, claim));
        addresses(claim).forEach(ip -> add(byAddress, ip, claim));
        identities(claim).forEach(identity -> add(byIdentity, identity, claim));
    }

    void remove(Claim claim) {
        claim.lease().cidrs().forEach(cidr -> remove(byBlock, cidr, claim));
        addresses(claim).forEach(ip -> remove(byAddress, ip, claim));
        identities(claim).forEach(identity -> remove(byIdentity, identity, claim));
    }

    /// Claims that might conflict with this one; may contain duplicates.
    Stream<Claim> rivals(Claim claim) {
        Stream<Claim> byTheirPlaces = claim.lease().cidrs().stream()
                .flatMap(cidr -> Stream.concat(
                        Stream.concat(around(cidr), within(cidr)),
                        byAddress.subMap(cidr.address(), true, cidr.last(), true).values().stream()
                                .flatMap(List::stream)));
        Stream<Claim> byAddresses = addresses(claim).flatMap(ip -> around(Cidr.host(ip)));
        Stream<Claim> byIdentities =
                identities(claim).flatMap(identity -> byIdentity.getOrDefault(identity, List.of()).stream());
        return Stream.of(byTheirPlaces, byAddresses, byIdentities)
                .flatMap(each -> each)
                .filter(rival -> !rival.id().equals(claim.id()));
    }

    /// The oldest other claim with one of this claim's addresses; null if there is none.
    Claim oldestAtTheSameAddress(Claim claim) {
        return addresses(claim)
                .flatMap(ip -> byAddress.getOrDefault(ip, List.of()).stream().limit(2))
                .filter(other -> !other.id().equals(claim.id()))
                .min(Claim.OLDEST_FIRST)
                .orElse(null);
    }

    private Stream<Claim> within(Cidr cidr) {
        return byBlock.subMap(cidr, true, Cidr.host(cidr.last()), true).values().stream()
                .flatMap(List::stream);
    }

    /// The holders of blocks that contain this one.
    private Stream<Claim> around(Cidr cidr) {
        return IntStream.range(0, cidr.length())
                .mapToObj(length -> byBlock.getOrDefault(new Cidr(cidr.address(), length), List.of()))
                .flatMap(List::stream);
    }

    private static Stream<Ip> addresses(Claim claim) {
        return claim.lease().announced().publicIps().values().stream();
    }

    private static Stream<String> identities(Claim claim) {
        return LeaseRules.identities(claim.lease()).stream();
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
