package jflannel.lab.bench;

import java.util.Locale;
import java.util.Optional;

/// The share of all processor time that others used, from 0 to 1. Part of `between` is the labs' own: an idle etcd
/// and flanneld use little, but not nothing.
///
/// @param before used in the second before anything was set up
/// @param between used in the gaps between measurements, when nothing was measured
/// @param stolen given to other virtual machines by the hypervisor, all the while
record BackgroundLoad(double before, double between, double stolen) {
    /// Above this, other work shows in the figures.
    private static final double NOTICEABLE = 0.1;

    double worst() {
        return Math.max(before, Math.max(between, stolen));
    }

    /// A warning for readers of the figures, if necessary.
    Optional<String> warning() {
        return worst() <= NOTICEABLE
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "Other programs used up to %.0f %% of the processors: figures are worse than they could be, "
                                + "and the ratios less reliable.",
                        100 * worst()));
    }
}
