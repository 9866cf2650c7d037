package jflannel.doctor;

import java.util.List;
import jflannel.foreign.Found;

/// The firewall.
///
/// @param foreign rules of other programs in the network's way
/// @param legacy rules of iptables-legacy, as it prints them, a few of them
/// @param nft rules of iptables-nft likewise
public record Rules(List<Found> foreign, List<String> legacy, List<String> nft) {
    static final Rules NONE = new Rules(List.of(), List.of(), List.of());

    public Rules {
        foreign = List.copyOf(foreign);
        legacy = List.copyOf(legacy);
        nft = List.copyOf(nft);
    }
}
