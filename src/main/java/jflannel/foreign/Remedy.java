package jflannel.foreign;

import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// What an operator can do about a [Trouble], as commands of the program that made the rule.
final class Remedy {
    private Remedy() {}

    static String of(Trouble trouble) {
        if (!trouble.drops()) {
            return rewrite(trouble);
        }
        if (trouble.owner() == RuleOwner.FIREWALLD && trouble.rules().table().endsWith("_policy_drop")) {
            return "Do: firewall-cmd --panic-off";
        }
        if (trouble.way().isTunnel()) {
            return tunnel(trouble);
        }
        return switch (trouble.owner()) {
            case DOCKER -> docker(trouble);
            case FIREWALLD ->
                "Do: firewall-cmd --permanent --zone=trusted --add-source=%s && firewall-cmd --reload"
                        .formatted(network(trouble));
            case UFW -> "Do: ufw route allow from %1$s && ufw route allow to %1$s".formatted(network(trouble));
            case KUBE_PROXY, LIBVIRT, ANOTHER -> general(trouble);
        };
    }

    private static String docker(Trouble trouble) {
        String exception = "%1$s -I DOCKER-USER -s %2$s -j ACCEPT && %1$s -I DOCKER-USER -d %2$s -j ACCEPT"
                .formatted(trouble.rules().tool(), network(trouble));
        if (trouble.rules().tool().equals("nft")) {
            return "Attach the containers to the network that flannel docker-network create makes";
        }
        if (trouble.isPolicy()) {
            return trouble.traffic().nftables()
                    ? "With nftables flanneld cannot override that. Do: " + exception
                    : "Let flanneld accept that traffic (--iptables-forward-rules), or do: " + exception;
        }
        return trouble.base().hook() == Hook.FORWARD
                ? "Do: " + exception
                : "Start dockerd with --allow-direct-routing (Docker 28.2 and newer; mk-docker-opts.sh -r), or attach the"
                        + " containers to the network that flannel docker-network create makes";
    }

    private static String tunnel(Trouble trouble) {
        return trouble.traffic().tunnels().stream()
                .map(outer -> accept(trouble, outer))
                .collect(Collectors.joining(
                        " && ",
                        "Do: ",
                        trouble.owner() == RuleOwner.FIREWALLD && !isOut(trouble) ? " && firewall-cmd --reload" : ""));
    }

    private static boolean isOut(Trouble trouble) {
        return trouble.way() == Way.TUNNEL_OUT;
    }

    private static String accept(Trouble trouble, Traffic.Outer outer) {
        return switch (trouble.owner()) {
            case FIREWALLD ->
                isOut(trouble)
                        ? acceptByRule(trouble, outer)
                        : "firewall-cmd --permanent "
                                + (outer.hasPort()
                                        ? "--add-port=%d/udp".formatted(outer.port())
                                        : "--add-protocol=" + name(outer.protocol()));
            case UFW ->
                outer.hasPort()
                        ? "ufw allow %s%d/udp".formatted(isOut(trouble) ? "out " : "", outer.port())
                        : acceptByRule(trouble, outer);
            default -> acceptByRule(trouble, outer);
        };
    }

    private static String acceptByRule(Trouble trouble, Traffic.Outer outer) {
        boolean nft = trouble.rules().tool().equals("nft");
        String match = outer.hasPort()
                ? (nft ? "udp dport %d" : "-p udp --dport %d").formatted(outer.port())
                : (nft ? "meta l4proto %d" : "-p %d").formatted(outer.protocol());
        return (nft ? "nft insert rule %2$s %3$s %4$s accept" : "%1$s -t %2$s -I %3$s %4$s -j ACCEPT")
                .formatted(
                        trouble.rules().tool(),
                        trouble.rules().table(),
                        trouble.base().chain(),
                        match);
    }

    /// As in /etc/protocols, which firewalld reads.
    private static String name(int protocol) {
        return protocol == Family.IPV4.protocol() ? "ipencap" : "ipv6";
    }

    private static String general(Trouble trouble) {
        if (trouble.isPolicy()
                && !trouble.traffic().nftables()
                && trouble.rules().table().equals("filter")) {
            return "Let flanneld accept that traffic (--iptables-forward-rules)";
        }
        String chain = trouble.base().chain();
        String address = network(trouble);
        return trouble.rules().tool().equals("nft")
                ? "Do: nft insert rule %1$s %2$s %3$s saddr %4$s accept && nft insert rule %1$s %2$s"
                                .formatted(trouble.rules().table(), chain, ip(trouble), address)
                        + " %s daddr %s accept".formatted(ip(trouble), address)
                : "Do: %1$s -t %2$s -I %3$s -s %4$s -j ACCEPT && %1$s -t %2$s -I %3$s -d %4$s -j ACCEPT"
                        .formatted(trouble.rules().tool(), trouble.rules().table(), chain, address);
    }

    private static String rewrite(Trouble trouble) {
        if (trouble.owner() == RuleOwner.DOCKER || isDockersMasquerade(trouble)) {
            return "Start flanneld with --ip-masq and dockerd with --ip-masq=false, as mk-docker-opts.sh does";
        }
        if (trouble.owner() == RuleOwner.FIREWALLD) { // nobody else may change its tables
            return "Exclude packets to %s from that rule, or remove it and start flanneld with --ip-masq"
                    .formatted(network(trouble));
        }
        return trouble.way().isTunnel()
                ? trouble.traffic().tunnels().stream()
                        .map(outer -> acceptByRule(trouble, outer))
                        .collect(Collectors.joining(" && ", "Do: ", ""))
                : (trouble.rules().tool().equals("nft")
                                ? "Do: nft insert rule %2$s %3$s %4$s saddr %5$s %4$s daddr %5$s accept"
                                : "Do: %1$s -t %2$s -I %3$s -s %5$s -d %5$s -j ACCEPT")
                        .formatted(
                                trouble.rules().tool(),
                                trouble.rules().table(),
                                trouble.base().chain(),
                                ip(trouble),
                                network(trouble));
    }

    /// `-s <this node's subnet> ! -o docker0 -j MASQUERADE`
    private static boolean isDockersMasquerade(Trouble trouble) {
        return trouble.hit()
                .rule()
                .map(Rule::words)
                .filter(rule -> rule.contains("! -o docker0") || rule.contains("! -o br-"))
                .isPresent();
    }

    private static String ip(Trouble trouble) {
        return trouble.family() == Family.IPV4 ? "ip" : "ip6";
    }

    private static String network(Trouble trouble) {
        Cidr network = trouble.traffic().networks().get(trouble.family());
        return network != null
                ? network.toString()
                : trouble.traffic().networks().values().stream()
                        .map(Cidr::toString)
                        .collect(Collectors.joining(","));
    }
}
