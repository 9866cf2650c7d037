package jflannel.doctor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.lease.LeasedSubnet;
import jflannel.status.Condition;
import jflannel.status.Finding;

/// charon, which negotiates IPsec's keys, and whom it has keys for.
final class IpsecChecks {
    private static final int NAMED = 3;

    private IpsecChecks() {}

    static Stream<Diagnosis> keys(Snapshot snapshot) {
        boolean encrypts = snapshot.overlay()
                .filter(overlay -> overlay.backend().ike().isPresent())
                .isPresent();
        if (!encrypts) {
            return Stream.empty();
        }
        return snapshot.surroundings().ike().answers() ? lacking(snapshot) : silent(snapshot);
    }

    private static Stream<Diagnosis> silent(Snapshot snapshot) {
        Surroundings.Ike ike = snapshot.surroundings().ike();
        Diagnosis found = Diagnosis.of(
                        Check.IPSEC_KEYS,
                        ike.installed()
                                ? "charon does not run, so no keys are negotiated"
                                : "strongSwan's charon is not installed, so no keys are negotiated")
                .graded(Grade.BROKEN)
                .seen("ls " + ike.socket(), "nobody listens there");
        return Stream.of(
                ike.installed()
                        ? found.remedied(
                                "ss -lunp 'sport = :500 or sport = :4500'    # nobody else may have these ports; then "
                                        + snapshot.restart())
                        : found.remedied("apt-get install --no-install-recommends charon-systemd"
                                + " libstrongswan-standard-plugins && systemctl disable --now strongswan"));
    }

    private static Stream<Diagnosis> lacking(Snapshot snapshot) {
        Surroundings.Ike ike = snapshot.surroundings().ike();
        List<LeasedSubnet> without = snapshot.comparison().stream()
                .flatMap(comparison -> comparison.peers().stream())
                .filter(peer -> peer.ignored().isEmpty())
                .flatMap(peer -> peer.lease().subnets().stream())
                .filter(subnet -> !ike.withKeys().contains(subnet.cidr()))
                .toList();
        if (without.isEmpty()) {
            return Stream.empty();
        }
        List<String> named = without.stream()
                .limit(NAMED)
                .map(subnet -> subnet.cidr() + " at " + subnet.publicIp())
                .toList();
        Diagnosis found = Diagnosis.of(
                        Check.IPSEC_KEYS,
                        "packets to %d subnets are dropped, because there are no keys for them: %s"
                                .formatted(without.size(), String.join(", ", named)))
                .seen("list-sas, asked of charon", "no keys for " + named.getFirst())
                .with("host", without.getFirst().publicIp().toString());
        return Stream.of(reason(snapshot)
                .map(reason -> found.seen("flannel status, from what charon says", reason))
                .orElse(found));
    }

    /// Why, as far as the daemon has heard it from charon, such as another PSK.
    private static Optional<String> reason(Snapshot snapshot) {
        return snapshot.flannel().status().value().stream()
                .flatMap(status -> status.findings().stream())
                .filter(finding -> finding.condition() == Condition.IPSEC_PEERS)
                .map(Finding::detail)
                .findFirst();
    }
}
