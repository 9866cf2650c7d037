package jflannel.kernel;

import jflannel.ip.Family;

/// An address of an interface with the kernel's flags: IFA_F_*, linux/if_addr.h.
///
/// @param flags IFA_F_* flags
/// @param preferred false once its preferred lifetime is over
/// @param scope how far the address is valid (RT_SCOPE_*): 0 everywhere, 253 on the link, 254 on this node
/// @param label the name that IPv4 addresses may have besides that of their interface, such as `eth0:1`; or ""
public record InterfaceAddress(Address address, int flags, boolean preferred, int scope, String label) {
    /// RT_SCOPE_HOST: valid on this node only.
    public static final int SCOPE_HOST = 254;

    private static final int SECONDARY = 0x01; // IFA_F_SECONDARY of IPv4, IFA_F_TEMPORARY of IPv6
    private static final int OPTIMISTIC = 0x04;
    private static final int DUPLICATE = 0x08; // IFA_F_DADFAILED
    private static final int DEPRECATED = 0x20;
    private static final int TENTATIVE = 0x40;
    private static final int PERMANENT = 0x80;

    /// A permanent global address.
    public InterfaceAddress(Address address) {
        this(address, PERMANENT, true, 0, "");
    }

    /// New connections should not use it (RFC 4862).
    public boolean deprecated() {
        return !preferred || (flags & DEPRECATED) != 0;
    }

    /// Not from a lease or a router advertisement, which may end.
    public boolean permanent() {
        return (flags & PERMANENT) != 0;
    }

    /// A privacy address, soon replaced (RFC 8981).
    public boolean temporary() {
        return address.ip().family() == Family.IPV6 && (flags & SECONDARY) != 0;
    }

    /// An IPv4 address in a network in which its interface has another, older one.
    public boolean secondary() {
        return address.ip().family() == Family.IPV4 && (flags & SECONDARY) != 0;
    }

    /// Duplicate address detection is under way; until it ends, the address cannot be used.
    public boolean tentative() {
        return (flags & TENTATIVE) != 0 && (flags & OPTIMISTIC) == 0;
    }

    /// Another node on the link has it, so it is never used.
    public boolean duplicate() {
        return (flags & DUPLICATE) != 0;
    }
}
