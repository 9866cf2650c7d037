package jflannel.ipsec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.vici.Section;
import jflannel.vici.ViciClient;

/// How it stands with a peer's keys.
///
/// @param up true if packets can be encrypted
/// @param seconds since when, in this state
/// @param bytesIn received and decrypted with the present keys
/// @param bytesOut encrypted and sent with them
/// @param trouble why there are no keys, in words; empty if there are, or if it is not known
public record SecurityAssociation(boolean up, long seconds, long bytesIn, long bytesOut, String trouble) {
    private static final Set<String> WITH_KEYS = Set.of("INSTALLED", "REKEYING", "REKEYED");

    /// Those of the peers' subnets that a running charon has keys for.
    ///
    /// @param socket of the charon
    /// @return empty if none runs
    public static Optional<Map<Cidr, SecurityAssociation>> read(Path socket) {
        try (ViciClient client = new ViciClient(socket)) {
            return Optional.of(bySubnet(list(client)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static List<Section> list(ViciClient client) throws IOException {
        return client.stream("list-sas", "list-sa");
    }

    private static Map<Cidr, SecurityAssociation> bySubnet(List<Section> events) {
        Map<Cidr, SecurityAssociation> found = new HashMap<>();
        for (Section event : events) {
            for (Section sa : event.sections().values()) {
                for (Section child : sa.section("child-sas").sections().values()) {
                    if (hasKeys(child)) {
                        child.items("remote-ts").forEach(subnet -> put(subnet, of(sa, child), found));
                    }
                }
            }
        }
        return found;
    }

    private static void put(String subnet, SecurityAssociation state, Map<Cidr, SecurityAssociation> found) {
        try {
            found.merge(Cidr.parse(subnet), state, SecurityAssociation::and);
        } catch (IllegalArgumentException e) {
            // a selector with more than a network, which none of flannel's has
        }
    }

    static boolean hasKeys(Section child) {
        return WITH_KEYS.contains(child.text("state"));
    }

    /// @param sa of IKE
    /// @param child one of those that encrypt packets
    private static SecurityAssociation of(Section sa, Section child) {
        return new SecurityAssociation(
                true, sa.number("established"), child.number("bytes-in"), child.number("bytes-out"), "");
    }

    /// Each end may have begun one.
    private SecurityAssociation and(SecurityAssociation other) {
        return new SecurityAssociation(
                true, Math.max(seconds, other.seconds), bytesIn + other.bytesIn, bytesOut + other.bytesOut, "");
    }
}
