package jflannel.ipsec;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// How this node negotiates keys with all peers.
///
/// @param publicIps by which it is known to them, by family
/// @param espProposal the algorithms that encrypt packets, in strongSwan's words
/// @param inUdp true if UDP carries ESP even without NAT
public record IkeSettings(Map<Family, Ip> publicIps, Credentials credentials, String espProposal, boolean inUdp) {
    public IkeSettings {
        publicIps = Map.copyOf(publicIps);
    }

    /// What connections have in common that charon does not list. A difference means that they must be loaded again.
    String stamp() {
        return "%s %s %s".formatted(espProposal, inUdp ? "udp" : "esp", credentials.kind());
    }
}
