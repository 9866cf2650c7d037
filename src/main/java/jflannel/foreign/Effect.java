package jflannel.foreign;

/// What a rule does to a packet that it matches.
public enum Effect {
    ACCEPT,
    DROP,
    /// Replaces the source by the address of the device that the packet leaves by.
    MASQUERADE,
    /// Replaces the source by an address that the rule names.
    SNAT,
    /// Replaces the destination.
    DNAT,
    /// Sets a firewall mark, which other rules look at.
    MARK
}
