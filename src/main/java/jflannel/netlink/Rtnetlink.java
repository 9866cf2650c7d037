package jflannel.netlink;

/// Numbers of the kernel's network configuration interface that more than one class needs: rtnetlink(7),
/// linux/netlink.h and linux/rtnetlink.h. Numbers of one object stand in its record.
final class Rtnetlink {
    static final int NETLINK_ROUTE = 0;
    static final int NETLINK_NETFILTER = 12;

    static final int AF_UNSPEC = 0;
    static final int AF_BRIDGE = 7;

    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_SETLINK = 19;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWNEIGH = 28;
    static final int RTM_DELNEIGH = 29;
    static final int RTM_GETNEIGH = 30;

    static final int RTM_NEWTUNNEL = 120;

    static final int NLA_F_NESTED = 0x8000;

    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_ACK_TLVS = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;

    private Rtnetlink() {}

    /// `length` rounded up to the four bytes to which messages and attributes are aligned.
    static int aligned(int length) {
        return length + 3 & ~3;
    }
}
