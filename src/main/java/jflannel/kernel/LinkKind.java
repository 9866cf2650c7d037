package jflannel.kernel;

import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;

/// What a network device does, by the driver it has, with the driver's own properties: the content of
/// IFLA_INFO_DATA. A file for each kind that this program makes.
public sealed interface LinkKind permits Dummy, Vxlan, IpTunnel, Wireguard {
    /// The driver's name, as `ip -details link` shows it.
    String driver();

    /// Writes the content of IFLA_INFO_DATA.
    void encode(MessageWriter out);

    /// True if a device that is like `there` will do: what the kernel chose or learned by itself is no difference.
    boolean isSatisfiedBy(LinkKind there);

    /// True if the kernel refuses one of the two while the other is there.
    default boolean excludes(LinkKind other) {
        return false;
    }

    /// True if a device of the same name that will not do may be removed.
    default boolean mayReplace(Link there) {
        return true;
    }

    /// True if `there`, which this node made as `name`, is such a device under another name.
    default boolean isRenamed(Link there, String name) {
        return there.properties() != null && isSatisfiedBy(there.properties());
    }

    /// What to do about a device that the kernel does not allow beside this one.
    default String evasion() {
        return "Remove it";
    }

    /// For the log and errors.
    ///
    /// @param names finds the name of a device by its index
    String words(DeviceNames names);

    /// @param data the content of IFLA_INFO_DATA; empty if there is none
    /// @return null for drivers that this program does not make
    static LinkKind decode(String driver, MessageReader data) throws KernelException {
        return switch (driver) {
            case Vxlan.DRIVER -> Vxlan.decode(data);
            case Wireguard.DRIVER -> Wireguard.ANY;
            case IpTunnel.IPV4_IN_IPV4, IpTunnel.IPV6_IN_IPV4, IpTunnel.IN_IPV6 -> IpTunnel.decode(driver, data);
            case Dummy.DRIVER -> new Dummy();
            default -> null;
        };
    }
}
