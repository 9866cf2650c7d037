package jflannel.kernel;

import java.util.random.RandomGenerator;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;

/// Random kernel objects.
final class Samples {
    private Samples() {}

    static KernelObject object(RandomGenerator random) {
        return switch (random.nextInt(5)) {
            case 0 -> address(random);
            case 1 -> Neighbor.permanent(index(random), ip(random, family(random)), Mac.random(random));
            case 2 -> Neighbor.forwarding(index(random), Mac.random(random), ip(random, family(random)));
            case 3 -> rule(random);
            default -> route(random);
        };
    }

    private static Address address(RandomGenerator random) {
        Family family = family(random);
        return new Address(index(random), ip(random, family), random.nextInt(family.bits() + 1));
    }

    private static RoutingRule rule(RandomGenerator random) {
        Cidr destination = new Cidr(ip(random, family(random)), random.nextInt(1, 33));
        return new RoutingRule(destination, random.nextInt(), random.nextInt(), random.nextInt(256));
    }

    private static Route route(RandomGenerator random) {
        Family family = family(random);
        Cidr destination = new Cidr(ip(random, family), random.nextInt(family.bits() + 1));
        int metric = random.nextBoolean() ? 0 : random.nextInt();
        if (random.nextInt(5) == 0) {
            return new Route(destination, null, 0, false, Route.OURS, metric, Route.BLACKHOLE);
        }
        Ip gateway = random.nextInt(5) == 0 ? null : ip(random, family(random));
        return new Route(
                destination,
                gateway,
                index(random),
                random.nextBoolean(),
                random.nextInt(256),
                metric,
                Route.UNICAST,
                random.nextBoolean() ? encap(random) : null,
                random.nextBoolean() ? random.nextInt(68, 65_536) : 0,
                random.nextBoolean() ? FibRoute.MAIN : random.nextInt());
    }

    private static Encap encap(RandomGenerator random) {
        Family family = family(random);
        return Encap.vxlan(random.nextInt(1 << 24), ip(random, family), ip(random, family));
    }

    private static int index(RandomGenerator random) {
        return random.nextInt(1, Integer.MAX_VALUE);
    }

    private static Family family(RandomGenerator random) {
        return random.nextBoolean() ? Family.IPV4 : Family.IPV6;
    }

    private static Ip ip(RandomGenerator random, Family family) {
        byte[] bytes = new byte[family.bytes()];
        random.nextBytes(bytes);
        return Ip.of(bytes);
    }
}
