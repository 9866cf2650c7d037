package jflannel.lease;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;

/// All backends, and what the rest of the program must know about each: its name in the network configuration, its
/// options, what it needs, and what its nodes publish.
public enum BackendType {
    VXLAN("vxlan", EnumSet.of(Need.PEERS), VxlanKeys.ALL, VxlanKeys::judge, new Published(true, "VtepMAC")),
    WIREGUARD(
            "wireguard",
            EnumSet.of(Need.PEERS),
            WireguardOptions.ALL,
            WireguardOptions::judge,
            new Published(true, "PublicKey")),
    HOST_GW("host-gw", EnumSet.of(Need.PEERS), List.of(), BackendType::anything, Published.NAME),
    IPIP("ipip", EnumSet.of(Need.PEERS), IpipKeys.ALL, BackendType::anything, Published.NAME),
    UDP("udp", EnumSet.of(Need.PEERS, Need.TUN), UdpKeys.ALL, BackendType::anything, Published.NOTHING),
    EXTENSION("extension", EnumSet.of(Need.PEERS), ExtensionKeys.ALL, BackendType::anything, Published.NAME),
    IPSEC("ipsec", EnumSet.of(Need.PEERS), IpsecKeys.ALL, IpsecKeys::judge, Published.NAME),
    AWS_VPC("aws-vpc", EnumSet.of(Need.PEERS, Need.CLOUD), CloudKeys.AWS, CloudKeys::judgeAws, Published.NOTHING),
    GCE("gce", EnumSet.of(Need.PEERS, Need.CLOUD), CloudKeys.GCE, BackendType::anything, Published.NOTHING),
    TENCENT_VPC(
            "tencent-vpc",
            EnumSet.of(Need.PEERS, Need.CLOUD),
            CloudKeys.TENCENT,
            CloudKeys::judgeTencent,
            Published.NOTHING),
    ALI_VPC("ali-vpc", EnumSet.of(Need.PEERS, Need.CLOUD), CloudKeys.ALI, CloudKeys::judgeAli, Published.NOTHING),
    ALLOC("alloc", EnumSet.noneOf(Need.class), List.of(), BackendType::anything, Published.NOTHING);

    /// What a backend requires.
    public enum Need {
        /// The leases of other nodes.
        PEERS,
        /// A TUN device: the pods' packets pass through the daemon.
        TUN,
        /// Routes in a cloud's own tables.
        CLOUD
    }

    /// What a node publishes in its lease.
    ///
    /// @param name the backend's name; without it, leases of every backend are accepted
    /// @param identity the field of the backend data that must differ between nodes; empty if there is none
    record Published(boolean name, String identity) {
        static final Published NAME = new Published(true, "");
        static final Published NOTHING = new Published(false, "");
    }

    private final String title;
    private final Set<Need> needs;
    private final List<BackendOption<?>> options;
    private final BiConsumer<JsonFields, Set<Family>> judge;
    private final Published published;

    BackendType(
            String title,
            Set<Need> needs,
            List<BackendOption<?>> options,
            BiConsumer<JsonFields, Set<Family>> judge,
            Published published) {
        this.title = title;
        this.needs = needs;
        this.options = options;
        this.judge = judge;
        this.published = published;
    }

    private static void anything(JsonFields backend, Set<Family> families) {}

    /// The name in the network configuration.
    public String title() {
        return title;
    }

    public boolean needs(Need what) {
        return needs.contains(what);
    }

    /// False if the network between the nodes routes the pods' packets, so that no entry of this node's kernel does.
    public boolean usesKernel() {
        return this != ALLOC && !needs(Need.CLOUD);
    }

    public List<BackendOption<?>> options() {
        return options;
    }

    Published published() {
        return published;
    }

    /// All names, for messages: `vxlan, host-gw, udp or alloc`.
    public static String titles() {
        List<String> all = Arrays.stream(values()).map(BackendType::title).toList();
        return String.join(", ", all.subList(0, all.size() - 1)) + " or " + all.getLast();
    }

    /// @throws ConfigException if the object does not name a backend
    static BackendType of(JsonFields backend) {
        String type = backend.string("Type", "");
        return Arrays.stream(values())
                .filter(each -> each.title.equals(type.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> type.isEmpty() ? withoutType(backend) : unknown(backend, type));
    }

    private static ConfigException withoutType(JsonFields backend) {
        String misspelt = backend.others(List.of("Type")).stream()
                .filter(name -> Nearest.to(name, List.of("Type")).isPresent())
                .findFirst()
                .map(" \"%s\" is not \"Type\"."::formatted)
                .orElse("");
        return new ConfigException("%s: it has no Type. Give one of %s, as in {\"Type\":\"vxlan\"}.%s"
                .formatted(backend.where(), titles(), misspelt));
    }

    private static ConfigException unknown(JsonFields backend, String type) {
        Collection<String> known =
                Arrays.stream(values()).map(BackendType::title).toList();
        String guess = Nearest.to(type.strip(), known)
                .map(" Did you mean \"%s\"?"::formatted)
                .orElse("");
        return new ConfigException(backend.where("Type"), type, "Give %s.%s".formatted(titles(), guess));
    }

    /// @throws ConfigException if an option cannot be used for pods of these families
    void judge(JsonFields backend, Set<Family> families) {
        options.forEach(option -> option.of(backend));
        judge.accept(backend, families);
    }

    /// A warning for each unknown option, and for commands that no shell will run.
    List<String> doubts(JsonFields backend) {
        List<BackendOption<?>> all = this == WIREGUARD ? WireguardOptions.of(backend) : options;
        Set<String> known = all.stream().map(BackendOption::name).collect(Collectors.toSet());
        known.add("Type");
        Stream<String> unknown = backend.others(known).stream()
                .map(name -> "%s: the backend %s has no option \"%s\", which is ignored.%s"
                        .formatted(backend.where(), title, name, guess(name, known)));
        return Stream.concat(unknown, this == EXTENSION ? ExtensionKeys.doubts(backend).stream() : Stream.empty())
                .toList();
    }

    static String guess(String name, Collection<String> known) {
        return Nearest.to(name, known).map(" Did you mean \"%s\"?"::formatted).orElse("");
    }

    /// The value of the option MTU, in bytes; 0 if it is not set, or there is none.
    int mtu(JsonFields backend) {
        return options.stream()
                .filter(option -> option.name().equals("MTU"))
                .map(option -> (Integer) option.of(backend))
                .findFirst()
                .orElse(0);
    }

    /// True if the value of an option may be logged: the option is known and not secret.
    boolean mayShow(String option) {
        return option.equalsIgnoreCase("Type")
                || options.stream().anyMatch(each -> each.name().equalsIgnoreCase(option) && !each.isSecret());
    }

    /// The backend that a lease names; empty if unknown.
    static Optional<BackendType> announcedAs(String name) {
        return Arrays.stream(values()).filter(each -> each.title.equals(name)).findFirst();
    }
}
