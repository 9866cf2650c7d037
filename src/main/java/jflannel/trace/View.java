package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.AllRules;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Filter;
import jflannel.kernel.ForwardingEntry;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.WireguardState;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import jflannel.linux.KernelReply;
import jflannel.policy.Connection;
import jflannel.policy.KernelRefusal;

/// What a trace reads on this node. Tests have one of their own.
public interface View {
    List<Link> links() throws IOException;

    List<InterfaceAddress> addresses() throws IOException;

    /// How the kernel would send such a packet.
    KernelReply<Path> path(RouteQuery query) throws IOException;

    /// Which route it would take, as it is in its table.
    KernelReply<FibRoute> route(RouteQuery query) throws IOException;

    /// The routes of all tables that an address is within.
    List<FibRoute> covering(Ip ip) throws IOException;

    /// In the order in which they are asked.
    List<PolicyRule> policyRules(Family family) throws IOException;

    List<NeighborEntry> neighbors(Ip ip) throws IOException;

    /// @param device index of a vxlan device, or 0 for bridges
    List<ForwardingEntry> forwarding(int device, Mac mac) throws IOException;

    /// What a WireGuard device has.
    WireguardState wireguard(int device) throws IOException;

    /// The programs that carry packets in the kernel.
    List<Filter> filters() throws IOException;

    /// IPsec's policies.
    List<XfrmPolicy> policies() throws IOException;

    /// IPsec's keys, without the keys themselves.
    List<XfrmState> securityAssociations() throws IOException;

    /// A kernel setting; empty if this kernel has none of that name.
    Optional<String> sysctl(String name) throws IOException;

    /// Everybody's firewall rules that may concern packets to an address.
    AllRules rules(Ip destination) throws IOException;

    /// What network policies have against a new connection, if this node enforces any.
    Optional<KernelRefusal> refusal(Connection connection) throws IOException;

    /// Which policies that are, and what they say: lines for people. Empty if that is not known here.
    default List<String> policiesOn(Connection connection) {
        return List.of();
    }

    /// The pod on this node that has an address, if its namespace can be found.
    Optional<PodNamespace> pod(Ip address) throws IOException;
}
