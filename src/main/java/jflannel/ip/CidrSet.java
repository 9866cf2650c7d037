package jflannel.ip;

import java.util.Collection;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Blocks of addresses that can be asked whether another block overlaps one of them. Not for use by several threads.
public final class CidrSet {
    private final NavigableSet<Cidr> blocks = new TreeSet<>();

    public void add(Cidr block) {
        blocks.add(block);
    }

    public void addAll(Collection<Cidr> several) {
        blocks.addAll(several);
    }

    public void remove(Cidr block) {
        blocks.remove(block);
    }

    /// True if one of the blocks lies within this one, or this one within one of them.
    public boolean overlaps(Cidr block) {
        return !blocks.subSet(block, true, Cidr.host(block.last()), true).isEmpty()
                || IntStream.range(0, block.length())
                        .anyMatch(length -> blocks.contains(new Cidr(block.address(), length)));
    }
}
