package jflannel.foreign;

import java.util.Optional;
import jflannel.ip.Ip;

/// A rule that decides about a packet.
///
/// @param owner who made it, as far as its place shows: `flannel`, `Docker`, `kube-proxy`, or empty if nobody knows
/// @param place the table, in words: `iptables, table filter`
/// @param chain that the rule is in
/// @param rule as its tool prints it; empty for the chain's policy
/// @param effect what it does
/// @param certain false if that depends on something that cannot be known beforehand, such as a limit
/// @param address the new source or destination, if the rule names one
/// @param port the new destination port; 0 if it stays
/// @param command removes the rule or, for a policy, changes it; empty if there is no single command for it
public record Decision(
        String owner,
        String place,
        String chain,
        String rule,
        Effect effect,
        boolean certain,
        Optional<Ip> address,
        int port,
        String command) {
    /// `iptables, table raw, chain PREROUTING: -A PREROUTING -d 10.244.5.2/32 ! -i docker0 -j DROP`
    public String words() {
        return "%s, chain %s: %s".formatted(place, chain, rule.isEmpty() ? "its policy is to drop" : rule);
    }
}
