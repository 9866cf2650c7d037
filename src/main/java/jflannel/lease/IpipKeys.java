package jflannel.lease;

import java.util.List;

/// The options of the backend `ipip`.
public final class IpipKeys {
    public static final BackendOption<Boolean> DIRECT_ROUTING = BackendOption.truth(
            "DirectRouting",
            false,
            "peers on one link with this node get a plain route to their host, without the tunnel");

    static final List<BackendOption<?>> ALL = List.of(DIRECT_ROUTING);

    private IpipKeys() {}
}
