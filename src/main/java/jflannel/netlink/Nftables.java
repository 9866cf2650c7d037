package jflannel.netlink;

/// Numbers of the interface to nftables that more than one class needs: linux/netfilter/nf_tables.h, and
/// linux/netfilter/nfnetlink.h for the first two. A message's type is the subsystem's number in the upper byte, and one
/// of these in the lower.
public final class Nftables {
    public static final int NFNL_SUBSYS_NFTABLES = 10;
    public static final int NFGENMSG = 4; // u8 family, u8 version, u16 number of the resource

    public static final int NFT_MSG_NEWTABLE = 0;
    public static final int NFT_MSG_GETTABLE = 1;
    public static final int NFT_MSG_DELTABLE = 2;
    public static final int NFT_MSG_NEWCHAIN = 3;
    public static final int NFT_MSG_GETCHAIN = 4;
    public static final int NFT_MSG_DELCHAIN = 5;
    public static final int NFT_MSG_NEWRULE = 6;
    public static final int NFT_MSG_GETRULE = 7;
    public static final int NFT_MSG_DELRULE = 8;
    public static final int NFT_MSG_NEWSET = 9;
    public static final int NFT_MSG_GETSET = 10;
    public static final int NFT_MSG_DELSET = 11;
    public static final int NFT_MSG_NEWSETELEM = 12;
    public static final int NFT_MSG_GETSETELEM = 13;
    public static final int NFT_MSG_DELSETELEM = 14;
    public static final int NFT_MSG_GETGEN = 16;
    public static final int NFT_MSG_GETOBJ = 19;

    private Nftables() {}
}
