package jflannel.lab.bench;

import java.util.Locale;
import java.util.Optional;

/// What of the machine's processors others had: parts of all processor time, 0 to 1. A part of `between` is the
/// labs' own: an idle etcd and flanneld are nearly, but not quite, asleep.
///
/// @param before used in the second before anything was set up
/// @param between used in the gaps between measurements, when nothing was measured
/// @param stolen given to other virtual machines by the hypervisor, all the while
record BackgroundLoad(double before, double between, double stolen) {
    /// Above this, somebody else's work shows in the figures.
    private static final double NOTICEABLE = 0.1;

    double worst() {
        return Math.max(before, Math.max(between, stolen));
    }

    /// What readers of the figures must know, if there is anything.
    Optional<String> warning() {
        return worst() <= NOTICEABLE
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "Others used up to %.0f %% of the processors: the figures are worse than they could be, "
                                + "and ratios less reliable.",
                        100 * worst()));
    }
}
