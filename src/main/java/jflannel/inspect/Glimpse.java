package jflannel.inspect;

/// As much of a host's flannel as has to do with a few addresses.
///
/// @param seen its leases are those that have to do with these addresses, as the running daemon knows them
/// @param wanted what the kernel should hold for these
public record Glimpse(Inspection seen, Wanted wanted) {}
