package jflannel.bpf;

/// Where a program finds what the kernel knows of its packet: offsets in `struct __sk_buff` of linux/bpf.h, whose
/// fields have four bytes each.
public final class Packet {
    /// How many bytes it has, with the link-layer header at the ingress of a device.
    public static final int LENGTH = 0;
    /// Whom it is for: 0 for this host.
    public static final int FOR_WHOM = 4;
    /// The EtherType, in network order.
    public static final int PROTOCOL = 16;
    /// A number of 16 bits for programs at these hooks.
    public static final int TC_INDEX = 44;
    /// How many packets it stands for, if it is a super-packet.
    public static final int GSO_SEGMENTS = 164;
    /// The payload of each packet that it stands for, or 0 if it is no super-packet. Since Linux 5.7.
    public static final int GSO_SIZE = 176;

    static final int BYTES = 192;

    private Packet() {}
}
