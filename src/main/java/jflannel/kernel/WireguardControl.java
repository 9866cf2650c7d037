package jflannel.kernel;

import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.linux.KernelException;

/// How WireGuard devices are configured: their keys, ports and peers. For one thread at a time.
///
/// No change is reported to anybody; who wants to know has to read.
sealed interface WireguardControl extends AutoCloseable permits WireguardSocket, WireguardProgram {
    /// Gives a device its key and its port. What it has already is left alone, with its sessions.
    void configure(Link link, Wireguard wanted) throws KernelException;

    /// What a device has now.
    WireguardState read(int ifIndex) throws KernelException;

    /// Changes peers, in order.
    ///
    /// @param moved networks that packets reached otherwise until now, by another key or without one
    /// @return for each change the refusal, or null
    KernelException[] apply(List<Plan.Change> changes, Set<Cidr> moved) throws KernelException;

    @Override
    void close();
}
