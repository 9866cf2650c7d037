package jflannel.foreign;

import java.util.List;
import java.util.Optional;

/// Who made a rule, as far as the names of its chains and table show.
enum RuleOwner {
    DOCKER("Docker", List.of("DOCKER", "docker")),
    FIREWALLD("firewalld", List.of("firewalld", "FWD_", "FWDI_", "FWDO_", "FORWARD_", "IN_", "INPUT_ZONES", "filter_")),
    UFW("ufw", List.of("ufw-", "ufw6-")),
    KUBE_PROXY("kube-proxy", List.of("KUBE-", "kube-proxy")),
    LIBVIRT("libvirt", List.of("LIBVIRT_", "libvirt")),
    ANOTHER("a rule of another program", List.of());

    private final String words;
    private final List<String> starts;

    RuleOwner(String words, List<String> starts) {
        this.words = words;
        this.starts = starts;
    }

    String words() {
        return words;
    }

    /// @param names of chains and of the table, the innermost first
    static RuleOwner of(List<String> names) {
        return names.stream().flatMap(name -> known(name).stream()).findFirst().orElse(ANOTHER);
    }

    private static Optional<RuleOwner> known(String name) {
        for (RuleOwner owner : values()) {
            if (owner.starts.stream().anyMatch(name::startsWith)) {
                return Optional.of(owner);
            }
        }
        return Optional.empty();
    }
}
