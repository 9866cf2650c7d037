package jflannel.status;

import java.util.List;

/// This node's masquerade and forward rules, as they were last seen in place.
///
/// @param tool `iptables` or `nft`
/// @param places the chains that hold them, or with nft the tables; empty if the flags ask for no rules
public record FirewallRules(String tool, List<String> places) {
    public FirewallRules {
        places = List.copyOf(places);
    }
}
