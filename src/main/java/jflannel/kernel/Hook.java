package jflannel.kernel;

/// Where a [Filter] meets a device's packets, as a `TC_H_CLSACT` parent of linux/pkt_sched.h.
public enum Hook {
    /// Packets that arrive, before the kernel looks at them.
    INGRESS(0xfffffff2),
    /// Packets that leave, before they are queued.
    EGRESS(0xfffffff3);

    final int parent;

    Hook(int parent) {
        this.parent = parent;
    }

    /// @return null if it is neither
    static Hook of(int parent) {
        for (Hook hook : values()) {
            if (hook.parent == parent) {
                return hook;
            }
        }
        return null;
    }

    /// As tc(8) calls it.
    @Override
    public String toString() {
        return this == INGRESS ? "ingress" : "egress";
    }
}
