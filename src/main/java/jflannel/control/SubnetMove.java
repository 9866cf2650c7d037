package jflannel.control;

import java.util.List;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;

/// The message for a node that moves to other subnets.
final class SubnetMove {
    private SubnetMove() {}

    static String words(List<Cidr> before, List<Cidr> now) {
        return "this node moves from %s to %s: existing pods keep unreachable addresses until they are recreated"
                .formatted(words(before), words(now));
    }

    private static String words(List<Cidr> cidrs) {
        return cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" and "));
    }
}
