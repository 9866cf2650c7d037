package jflannel.lease;

import static java.util.Comparator.naturalOrder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Picks a free block of a pool: a random one of the lowest hundred, so that nodes that start together rarely pick
/// the same one, while the pool still fills from its lower end.
public final class SubnetAllocator {
    private static final int CHOICE = 100;
    /// Bounds the search in a large IPv6 network.
    private static final int MOST_REFUSED = 1 << 20;

    private SubnetAllocator() {}

    /// @param taken blocks that must not be touched, of any family and length
    /// @param unusable matches other blocks that must not be handed out
    /// @return empty if no block of the pool is free
    public static Optional<Cidr> pick(
            AddressPool pool, Collection<Cidr> taken, Predicate<Cidr> unusable, RandomGenerator random) {
        List<Cidr> free = free(pool, taken, unusable, CHOICE);
        return free.isEmpty() ? Optional.empty() : Optional.of(free.get(random.nextInt(free.size())));
    }

    /// The lowest free blocks in order, at most `most`. The cost grows with the number of returned, taken and
    /// unusable blocks, not with the size of the pool.
    static List<Cidr> free(AddressPool pool, Collection<Cidr> taken, Predicate<Cidr> unusable, int most) {
        NavigableMap<Ip, Ip> occupied = occupied(pool, taken);
        List<Cidr> free = new ArrayList<>();
        Cidr block = new Cidr(pool.min(), pool.subnetLength());
        int refused = 0;
        while (free.size() < most && refused < MOST_REFUSED && block.address().compareTo(pool.max()) <= 0) {
            Map.Entry<Ip, Ip> obstacle = occupied.floorEntry(block.last());
            Cidr passed = block;
            if (obstacle == null || obstacle.getValue().compareTo(block.address()) < 0) {
                if (unusable.test(block)) {
                    refused++;
                } else {
                    free.add(block);
                }
            } else if (obstacle.getValue().compareTo(block.last()) > 0) {
                passed = new Cidr(obstacle.getValue(), pool.subnetLength());
            }
            block = passed.next();
            if (block.compareTo(passed) <= 0) { // past the family's last address
                break;
            }
        }
        return free;
    }

    /// The first and last address of every taken block that is not inside another. Blocks are either nested or
    /// disjoint.
    private static NavigableMap<Ip, Ip> occupied(AddressPool pool, Collection<Cidr> taken) {
        NavigableMap<Ip, Ip> occupied = new TreeMap<>();
        taken.stream()
                .filter(cidr -> cidr.family() == pool.network().family())
                .sorted(naturalOrder()) // of blocks with the same start, the largest first
                .filter(cidr ->
                        occupied.isEmpty() || occupied.lastEntry().getValue().compareTo(cidr.address()) < 0)
                .forEachOrdered(cidr -> occupied.put(cidr.address(), cidr.last()));
        return occupied;
    }
}
