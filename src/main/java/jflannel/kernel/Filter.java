package jflannel.kernel;

import java.nio.ByteOrder;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// A BPF program at a hook of a device, whose verdict counts: a filter of the kind `bpf`, tc-bpf(8). Replacing one is
/// atomic: each packet meets the old program or the new one. It survives the process that put it there.
///
/// Only filters of this priority are known here, which others hardly use: theirs come first, and each may let packets
/// go on to the next.
///
/// @param number tells filters of one priority and hook apart
/// @param name for people, and to tell whose it is
/// @param program the kernel's number for it: programs with the same instructions may have different maps
/// @param fd of the program, to put it there; not a part of what the kernel holds, and 0 in what was read
public record Filter(int ifIndex, Hook hook, int number, String name, int program, int fd) implements KernelObject {
    static final int PRIORITY = 7000;

    private static final int ALL_PROTOCOLS = 0x0003; // ETH_P_ALL
    private static final int DIRECT = 1; // TCA_BPF_FLAG_ACT_DIRECT
    private static final String KIND = "bpf";
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_FD = 6;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_FLAGS = 8;
    private static final int TCA_BPF_ID = 11;

    /// Which place it takes.
    record Key(int ifIndex, Hook hook, int number) {}

    @Override
    public Object key() {
        return new Key(ifIndex, hook, number);
    }

    @Override
    public int rank() {
        return 6;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Filter filter
                && filter.key().equals(key())
                && filter.name.equals(name)
                && filter.program == program;
    }

    @Override
    public int hashCode() {
        return key().hashCode();
    }

    byte[] encode() {
        return header(ifIndex, hook, number)
                .text(TCA_KIND, KIND)
                .nested(
                        TCA_OPTIONS,
                        options -> options.u32Attribute(TCA_BPF_FD, fd)
                                .text(TCA_BPF_NAME, name)
                                .u32Attribute(TCA_BPF_FLAGS, DIRECT))
                .bytes();
    }

    byte[] encodeForDeletion() {
        return header(ifIndex, hook, number).text(TCA_KIND, KIND).bytes();
    }

    /// `struct tcmsg` of linux/rtnetlink.h.
    private static MessageWriter header(int ifIndex, Hook hook, int number) {
        return new MessageWriter()
                .zeros(Clsact.BEFORE_INDEX)
                .u32(ifIndex)
                .u32(number)
                .u32(hook.parent)
                .u32(PRIORITY << 16 | protocol());
    }

    private static int protocol() {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return little ? ALL_PROTOCOLS << 8 : ALL_PROTOCOLS;
    }

    /// Asks for the filters at a hook.
    static Request list(int ifIndex, Hook hook) {
        byte[] body = new MessageWriter()
                .zeros(Clsact.BEFORE_INDEX)
                .u32(ifIndex)
                .u32(0)
                .u32(hook.parent)
                .u32(0)
                .bytes();
        return new Request(
                Rtnetlink.RTM_GETTFILTER, 0, body, "read", "filters at the %s of dev %d".formatted(hook, ifIndex));
    }

    /// @return null for filters of another priority or kind, and for what is no single filter
    static Filter decode(MessageReader in) throws KernelException {
        int ifIndex = in.skip(Clsact.BEFORE_INDEX).u32();
        int number = in.u32();
        Hook hook = Hook.of(in.u32());
        int priority = in.u32() >>> 16;
        String kind = "";
        String name = "";
        int program = 0;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case TCA_KIND -> kind = in.text();
                case TCA_OPTIONS -> {
                    if (!kind.equals(KIND)) {
                        return null;
                    }
                    MessageReader options = in.nested();
                    while (options.nextAttribute()) {
                        switch (options.attributeType()) {
                            case TCA_BPF_NAME -> name = options.text();
                            case TCA_BPF_ID -> program = options.u32Attribute();
                            default -> {} // its tag, classes, actions
                        }
                    }
                }
                default -> {} // statistics
            }
        }
        boolean known = hook != null && priority == PRIORITY && kind.equals(KIND) && number != 0;
        return known ? new Filter(ifIndex, hook, number, name, program, 0) : null;
    }

    @Override
    public String toString() {
        return "filter %s number %d, program %d, at the %s of dev %d".formatted(name, number, program, hook, ifIndex);
    }
}
