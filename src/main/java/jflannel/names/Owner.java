package jflannel.names;

/// A running daemon on this host.
///
/// @param place where its network's leases are; empty if unknown
/// @param pid its process; 0 if it cannot be seen from here
public record Owner(String place, long pid) {
    @Override
    public String toString() {
        return (place.isEmpty() ? "another flanneld" : "the flanneld of " + place) + (pid == 0 ? "" : ", pid " + pid);
    }
}
