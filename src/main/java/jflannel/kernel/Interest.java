package jflannel.kernel;

import java.util.Set;
import jflannel.ip.Cidr;

/// Which of the kernel's news matter.
///
/// @param own names of the devices that this program makes: all that happens to them and on them matters
/// @param underlay names of the devices that lead to other nodes: what they are, their addresses and their routes
/// matter,
///     but not whom they resolve
/// @param networks where its routes lead: routes to subnets of these matter, whatever device they use; routes to
///     single hosts do not, as they are pods that come and go
/// @param sets names of the nftables tables whose sets matter, and not only their rules: those of others change all
///     day
public record Interest(Set<String> own, Set<String> underlay, Set<Cidr> networks, Set<String> sets) {
    public Interest {
        own = Set.copyOf(own);
        underlay = Set.copyOf(underlay);
        networks = Set.copyOf(networks);
        sets = Set.copyOf(sets);
    }
}
