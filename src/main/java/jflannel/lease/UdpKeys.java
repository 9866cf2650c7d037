package jflannel.lease;

import java.util.List;

/// The options of the backend `udp`.
public final class UdpKeys {
    public static final BackendOption<Integer> PORT =
            BackendOption.number("Port", 8285, 1, 65535, "UDP port, the same on all hosts");

    public static final BackendOption<Boolean> SOURCE_CHECK = BackendOption.truth(
            "SourceCheck", true, "accept a packet only from the host whose lease contains its source address");

    static final List<BackendOption<?>> ALL = List.of(PORT, SOURCE_CHECK);

    private UdpKeys() {}
}
