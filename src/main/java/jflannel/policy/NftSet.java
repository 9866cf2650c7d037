package jflannel.policy;

import java.util.List;
import jflannel.ip.Family;

/// The sets and maps in which the kernel looks; policies and pods are elements.
///
/// The other end of a connection belongs to up to three **groups**: that which everybody is in; that of the pods which
/// the policies do not tell apart from it; and that of the addresses which no `ipBlock` tells apart from it. For each
/// group there is a map of the pods to which it may connect. If not all ports are allowed, these are a **port list**,
/// which is a set, too.
public enum NftSet {
    /// Pods of this node to which not everything may connect.
    ISOLATED_IN4("isolated-in4", Kind.SUBJECTS, Field.IPV4),
    ISOLATED_IN6("isolated-in6", Kind.SUBJECTS, Field.IPV6),
    /// Pods of this node that may not connect to everything.
    ISOLATED_OUT4("isolated-out4", Kind.SUBJECTS, Field.IPV4),
    ISOLATED_OUT6("isolated-out6", Kind.SUBJECTS, Field.IPV6),
    /// The same again, to count what is refused.
    REFUSED_IN4("refused-in4", Kind.COUNTED_SUBJECTS, Field.IPV4),
    REFUSED_IN6("refused-in6", Kind.COUNTED_SUBJECTS, Field.IPV6),
    REFUSED_OUT4("refused-out4", Kind.COUNTED_SUBJECTS, Field.IPV4),
    REFUSED_OUT6("refused-out6", Kind.COUNTED_SUBJECTS, Field.IPV6),
    /// A pod's address twice: nothing keeps a pod from itself.
    SELF4("self4", Kind.SET, Field.IPV4, Field.IPV4),
    SELF6("self6", Kind.SET, Field.IPV6, Field.IPV6),
    /// Address of a pod that connects to pods here: its group.
    PODS_IN4("pods-in4", Kind.VERDICTS, Field.IPV4),
    PODS_IN6("pods-in6", Kind.VERDICTS, Field.IPV6),
    /// Address of a pod to which pods here connect: its group.
    PODS_OUT4("pods-out4", Kind.VERDICTS, Field.IPV4),
    PODS_OUT6("pods-out6", Kind.VERDICTS, Field.IPV6),
    /// Addresses that policies name, and their group.
    BLOCKS_IN4("blocks-in4", Kind.VERDICTS_OF_RANGES, Field.IPV4),
    BLOCKS_IN6("blocks-in6", Kind.VERDICTS_OF_RANGES, Field.IPV6),
    BLOCKS_OUT4("blocks-out4", Kind.VERDICTS_OF_RANGES, Field.IPV4),
    BLOCKS_OUT6("blocks-out6", Kind.VERDICTS_OF_RANGES, Field.IPV6),
    /// Of each group: the pods to which it may connect, and the ports.
    ALLOWED_IN4("allowed-in4", Kind.VERDICTS_OF_SUBJECTS, Field.IPV4),
    ALLOWED_IN6("allowed-in6", Kind.VERDICTS_OF_SUBJECTS, Field.IPV6),
    /// Of each group: the pods that may connect to it, and the ports.
    ALLOWED_OUT4("allowed-out4", Kind.VERDICTS_OF_SUBJECTS, Field.IPV4),
    ALLOWED_OUT6("allowed-out6", Kind.VERDICTS_OF_SUBJECTS, Field.IPV6),
    /// Of each port list.
    PORTS("ports", Kind.PORT_RANGES, Field.PROTOCOL, Field.PORT),
    /// The latest refused connections, for the log: the kernel adds and removes them.
    LATEST4("latest4", Kind.LATEST, Field.IPV4, Field.IPV4, Field.PROTOCOL, Field.PORT),
    LATEST6("latest6", Kind.LATEST, Field.IPV6, Field.IPV6, Field.PROTOCOL, Field.PORT);

    /// What a set is used for. Where subjects are nodes' subnets, their keys are ranges.
    enum Kind {
        SET,
        PORT_RANGES,
        SUBJECTS,
        COUNTED_SUBJECTS,
        VERDICTS,
        VERDICTS_OF_RANGES,
        VERDICTS_OF_SUBJECTS,
        /// Filled by the kernel.
        LATEST;

        boolean isMap() {
            return this == VERDICTS || this == VERDICTS_OF_RANGES || this == VERDICTS_OF_SUBJECTS;
        }

        boolean hasRanges(boolean subnets) {
            return switch (this) {
                case PORT_RANGES, VERDICTS_OF_RANGES -> true;
                case SUBJECTS, COUNTED_SUBJECTS, VERDICTS_OF_SUBJECTS -> subnets;
                case SET, VERDICTS, LATEST -> false;
            };
        }
    }

    /// A part of a key: nftables' own number of the type, which `nft list` needs, and its length in bytes.
    enum Field {
        IPV4(7, 4),
        IPV6(8, 16),
        PROTOCOL(12, 1),
        PORT(13, 2),
        /// The family; in front of ranges of addresses, because the kernel keeps ranges only of keys of several fields.
        NFPROTO(2, 1);

        private final int type;
        private final int length;

        Field(int type, int length) {
            this.type = type;
            this.length = length;
        }

        int type() {
            return type;
        }

        int length() {
            return length;
        }
    }

    private final String label;
    private final Kind kind;
    private final List<Field> fields;

    NftSet(String label, Kind kind, Field... fields) {
        this.label = label;
        this.kind = kind;
        this.fields = List.of(fields);
    }

    /// One of them, or the only one.
    ///
    /// @param number of the group or the port list; 0 for what everybody is in, or if there is only one
    record Id(NftSet set, int number) {
        /// Its name in the kernel.
        String label() {
            return number == 0 ? set.label : set.label + "-" + number;
        }
    }

    Id id() {
        return new Id(this, 0);
    }

    Id id(int number) {
        return new Id(this, number);
    }

    /// Its name in the kernel, or what that begins with.
    String label() {
        return label;
    }

    Kind kind() {
        return kind;
    }

    List<Field> fields() {
        return fields;
    }

    /// What is refused to, or by, the pods of this node.
    static NftSet refused(Direction direction, Family family) {
        return of(direction, family, REFUSED_IN4, REFUSED_IN6, REFUSED_OUT4, REFUSED_OUT6);
    }

    static NftSet isolated(Direction direction, Family family) {
        return of(direction, family, ISOLATED_IN4, ISOLATED_IN6, ISOLATED_OUT4, ISOLATED_OUT6);
    }

    static NftSet pods(Direction direction, Family family) {
        return of(direction, family, PODS_IN4, PODS_IN6, PODS_OUT4, PODS_OUT6);
    }

    static NftSet blocks(Direction direction, Family family) {
        return of(direction, family, BLOCKS_IN4, BLOCKS_IN6, BLOCKS_OUT4, BLOCKS_OUT6);
    }

    static NftSet allowed(Direction direction, Family family) {
        return of(direction, family, ALLOWED_IN4, ALLOWED_IN6, ALLOWED_OUT4, ALLOWED_OUT6);
    }

    static NftSet self(Family family) {
        return family == Family.IPV4 ? SELF4 : SELF6;
    }

    static NftSet latest(Family family) {
        return family == Family.IPV4 ? LATEST4 : LATEST6;
    }

    private static NftSet of(Direction direction, Family family, NftSet in4, NftSet in6, NftSet out4, NftSet out6) {
        boolean four = family == Family.IPV4;
        return direction == Direction.INGRESS ? four ? in4 : in6 : four ? out4 : out6;
    }
}
