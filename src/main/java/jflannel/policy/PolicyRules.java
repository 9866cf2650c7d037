package jflannel.policy;

import static jflannel.nftables.NftExpressions.Header.NETWORK;
import static jflannel.nftables.NftExpressions.Header.TRANSPORT;
import static jflannel.nftables.NftExpressions.Meta.L4PROTO;
import static jflannel.nftables.NftExpressions.Meta.NFPROTO;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jflannel.ip.Family;
import jflannel.nftables.NftExpressions;
import jflannel.nftables.NftTransaction;
import jflannel.nftables.NftTransaction.HookPoint;
import jflannel.nftables.NftVerdict;

/// The rules of the table. A packet is judged by a fixed number of look-ups, whatever the number of policies:
///
/// ```
/// forward:  established or related, or neighbor discovery: accept
///           from a pod to itself: accept
///           the source is isolated: goto egress
///           goto ingress
/// egress:   what a pod's group may:   the destination's verdict, which is the group's chain
///           what a block's group may: the destination's verdict, which is the group's chain
///           what everybody may do:    the source's verdict, which is goto ingress, or a port list
///           goto refuse
/// group:    the source's verdict in the group's map, which is goto ingress, a port list, or goto refuse
/// ports:    protocol and port are listed: goto ingress
///           where rules are asked in an order: goto refuse
/// refuse:   count, remember, drop
/// ingress:  the same with the two ends exchanged, and accept instead of goto ingress
/// ```
///
/// The chain `forward` comes after a Service's address was replaced by a pod's, and before a pod's address is hidden.
/// All rules are such that nft(8) can list and load them: administrators save and restore all tables of a host.
final class PolicyRules {
    private static final int PRIORITY_FILTER = 0;

    private static final String FORWARD = "forward";
    private static final String OUTPUT = "output";
    private static final String INGRESS = "ingress";
    private static final int ICMP_REDIRECT = 5;
    private static final byte ICMPV6 = 58;
    private static final int TCP_FLAGS = 13;
    private static final byte TCP_SYN = 2;
    private static final int FIRST_OF_DISCOVERY = 133;
    private static final int ICMPV6_REDIRECT = 137;

    private final NftTransaction to;
    private final boolean subnets;

    /// @param subnets subjects are nodes' subnets, not single addresses
    PolicyRules(NftTransaction to, boolean subnets) {
        this.to = to;
        this.subnets = subnets;
    }

    /// What follows when a direction has nothing against a packet.
    static NftVerdict allowed(Direction direction) {
        return direction == Direction.EGRESS ? NftVerdict.goTo(INGRESS) : NftVerdict.ACCEPT;
    }

    /// What follows when a direction's policies refuse a packet.
    static NftVerdict refused(Direction direction) {
        return NftVerdict.goTo(refusing(direction));
    }

    /// Creates the chains, without rules, so that elements can lead to them.
    void chains() {
        to.createChain(FORWARD, HookPoint.FORWARD, PRIORITY_FILTER);
        to.createChain(OUTPUT, HookPoint.OUTPUT, PRIORITY_FILTER);
        to.createChain(INGRESS);
        for (Family family : Family.values()) {
            to.createChain(chain(Direction.EGRESS, family));
            to.createChain(chain(Direction.INGRESS, family));
        }
        to.createChain(refusing(Direction.EGRESS));
        to.createChain(refusing(Direction.INGRESS));
    }

    /// Adds the rules that never change. The sets must exist.
    ///
    /// @param cuts what belongs to a connection that was cut must not begin another one
    void rules(boolean cuts) {
        to.addRule(
                FORWARD,
                new NftExpressions()
                        .loadConnectionState(0)
                        .mask(0, number(NftExpressions.CT_ESTABLISHED | NftExpressions.CT_RELATED))
                        .differs(0, number(0))
                        .verdict(NftVerdict.ACCEPT));
        to.addRule(FORWARD, discovery());
        for (Family family : Family.values()) {
            itself(family);
            if (cuts) {
                remainder(family);
            }
            to.addRule(
                    FORWARD,
                    subject(Direction.EGRESS, family)
                            .isIn(NftSet.isolated(Direction.EGRESS, family).label(), 0)
                            .verdict(NftVerdict.goTo(chain(Direction.EGRESS, family))));
            to.addRule(INGRESS, of(family).verdict(NftVerdict.goTo(chain(Direction.INGRESS, family))));
        }
        to.addRule(FORWARD, new NftExpressions().verdict(NftVerdict.goTo(INGRESS)));
        for (Family family : Family.values()) {
            to.addRule(
                    chain(Direction.INGRESS, family),
                    subject(Direction.INGRESS, family)
                            .isNotIn(NftSet.isolated(Direction.INGRESS, family).label(), 0)
                            .verdict(NftVerdict.ACCEPT));
            judge(Direction.EGRESS, family);
            judge(Direction.INGRESS, family);
        }
        refuse(Direction.EGRESS);
        refuse(Direction.INGRESS);
        redirects();
    }

    /// Creates the chain of a group or a port list.
    void create(Chain chain) {
        to.createChain(chain.label());
        if (chain.kind() == Chain.Kind.PORT_LIST) {
            to.addRule(
                    chain.label(),
                    port(new NftExpressions(), 0)
                            .isIn(NftSet.PORTS.id(chain.number()).label(), 0)
                            .verdict(allowed(chain.direction())));
            if (chain.others()) {
                to.addRule(chain.label(), withoutPorts().verdict(allowed(chain.direction())));
            }
            if (chain.decides()) {
                to.addRule(chain.label(), new NftExpressions().verdict(refused(chain.direction())));
            }
            return;
        }
        for (Family family : Family.values()) {
            to.addRule(
                    chain.label(),
                    subject(chain.direction(), family)
                            .verdictOf(
                                    NftSet.allowed(chain.direction(), family)
                                            .id(chain.number())
                                            .label(),
                                    0));
        }
    }

    private void judge(Direction direction, Family family) {
        String chain = chain(direction, family);
        to.addRule(
                chain,
                address(of(family), family, isSource(direction, false), 0)
                        .verdictOf(NftSet.pods(direction, family).label(), 0));
        to.addRule(
                chain,
                ranged(family, isSource(direction, false))
                        .verdictOf(NftSet.blocks(direction, family).label(), 0));
        to.addRule(
                chain,
                subject(direction, family)
                        .verdictOf(NftSet.allowed(direction, family).label(), 0));
        to.addRule(chain, new NftExpressions().verdict(refused(direction)));
    }

    private void refuse(Direction direction) {
        String chain = refusing(direction);
        for (Family family : Family.values()) {
            to.addRule(
                    chain,
                    subject(direction, family)
                            .isIn(NftSet.refused(direction, family).label(), 0));
            to.addRule(chain, remember(family));
        }
        to.addRule(chain, new NftExpressions().verdict(NftVerdict.DROP));
    }

    private void itself(Family family) {
        NftExpressions rule = address(of(family), family, true, 0);
        address(rule, family, false, registers(family));
        to.addRule(FORWARD, rule.isIn(NftSet.self(family).label(), 0).verdict(NftVerdict.ACCEPT));
    }

    /// Of a TCP connection that is not known any more, the kernel takes any packet for the beginning of a new one. From
    /// an isolated pod that would be an answer, which policies do not judge.
    private void remainder(Family family) {
        for (Direction direction : Direction.values()) {
            NftExpressions rule = subnets
                    ? ranged(family, !isSource(direction, true))
                    : address(of(family), family, !isSource(direction, true), 0);
            to.addRule(
                    FORWARD,
                    rule.isIn(NftSet.isolated(direction, family).label(), 0)
                            .load(L4PROTO, 0)
                            .equal(0, new byte[] {(byte) Transport.TCP.number()})
                            .load(TRANSPORT, TCP_FLAGS, 1, 0)
                            .mask(0, new byte[] {TCP_SYN})
                            .equal(0, new byte[] {0})
                            .verdict(NftVerdict.DROP));
        }
    }

    /// Remembers the connection for the log. It does not matter if there is no more room.
    private static NftExpressions remember(Family family) {
        NftExpressions rule = address(of(family), family, true, 0);
        address(rule, family, false, registers(family));
        return port(rule, 2 * registers(family)).remember(NftSet.latest(family).label(), 0);
    }

    /// With br_netfilter, neighbor discovery between pods of one node passes here.
    private static NftExpressions discovery() {
        return of(Family.IPV6)
                .load(L4PROTO, 0)
                .equal(0, new byte[] {ICMPV6})
                .load(TRANSPORT, 0, 1, 0)
                .atLeast(0, new byte[] {(byte) FIRST_OF_DISCOVERY})
                .atMost(0, new byte[] {(byte) ICMPV6_REDIRECT})
                .verdict(NftVerdict.ACCEPT);
    }

    /// Pods of one node reach each other by the node, although their bridge could do without. It need not say so.
    private void redirects() {
        to.addRule(OUTPUT, icmp(Family.IPV4, 1, ICMP_REDIRECT));
        to.addRule(OUTPUT, icmp(Family.IPV6, ICMPV6, ICMPV6_REDIRECT));
    }

    private static NftExpressions icmp(Family family, int protocol, int type) {
        return of(family)
                .load(L4PROTO, 0)
                .equal(0, new byte[] {(byte) protocol})
                .load(TRANSPORT, 0, 1, 0)
                .equal(0, new byte[] {(byte) type})
                .verdict(NftVerdict.DROP);
    }

    /// Loads the address of the pod that policies isolate.
    private NftExpressions subject(Direction direction, Family family) {
        boolean source = isSource(direction, true);
        return subnets ? ranged(family, source) : address(of(family), family, source, 0);
    }

    /// Loads the family and an address.
    private static NftExpressions ranged(Family family, boolean source) {
        return address(of(family).load(NFPROTO, 0), family, source, 1);
    }

    /// @param subject true for the pod that policies isolate, false for the other end
    private static boolean isSource(Direction direction, boolean subject) {
        return (direction == Direction.EGRESS) == subject;
    }

    private static NftExpressions of(Family family) {
        return new NftExpressions().load(NFPROTO, 0).equal(0, new byte[] {(byte) family.af()});
    }

    private static NftExpressions address(NftExpressions rule, Family family, boolean source, int register) {
        int offset = family == Family.IPV4 ? source ? 12 : 16 : source ? 8 : 24;
        return rule.load(NETWORK, offset, family.bytes(), register);
    }

    private static int registers(Family family) {
        return family.bytes() / 4;
    }

    /// Loads the protocol and the destination port.
    private static NftExpressions port(NftExpressions rule, int register) {
        return rule.load(L4PROTO, register).load(TRANSPORT, 2, 2, register + 1);
    }

    private static NftExpressions withoutPorts() {
        NftExpressions rule = new NftExpressions().load(L4PROTO, 0);
        for (Transport transport : Transport.values()) {
            rule.differs(0, new byte[] {(byte) transport.number()});
        }
        return rule;
    }

    private static String refusing(Direction direction) {
        return "refuse-" + direction.word();
    }

    private static String chain(Direction direction, Family family) {
        return direction.word() + (family == Family.IPV4 ? "4" : "6");
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }
}
