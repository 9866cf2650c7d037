package jflannel.kernel;

/// An address of an interface with what the kernel says of its life: IFA_F_* flags, linux/if_addr.h.
///
/// @param deprecated new connections should not use it (RFC 4862)
/// @param permanent not from a lease or router advertisement that may end
/// @param temporary made for privacy and soon replaced (RFC 8981)
public record InterfaceAddress(Address address, boolean deprecated, boolean permanent, boolean temporary) {}
