package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import jflannel.ip.Mac;
import jflannel.kernel.Device;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Vxlan;
import jflannel.kernelpath.LocalTunnel;
import jflannel.kernelpath.Settings;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// The devices by which received packets of TCP reach the TUN device. Without them, streams of TCP are slower: by the
/// pair where a network card delivers packets one by one, by the local tunnel where virtual links deliver
/// super-packets in one piece.
///
/// @param links all of them
record Detours(List<Link> links, Settings.Detour joining, LocalTunnel local) {
    static final Detours NONE = new Detours(List.of(), Settings.Detour.NONE, LocalTunnel.NONE);

    private static final Logger LOG = System.getLogger(Detours.class.getName());

    private static final int LARGEST_MTU = 65_535;
    /// What is left of it in a vxlan device.
    private static final int LARGEST_VXLAN_MTU = LARGEST_MTU - 100;
    /// Any but the one that the tunnel's packets seem to come from.
    private static final Mac TUNNEL_MAC = Mac.parse("02:00:00:00:00:02");
    /// Ports that the kernel gives no program that asks for any (`ip_local_port_range`).
    private static final int FIRST_PORT = 61_000;
    private static final int BEHIND_LAST_PORT = 65_536;
    private static final int ATTEMPTS = 5;

    /// Those that there are, and as many of the others as the kernel makes.
    ///
    /// @param names of the pair's devices and of the tunnel's
    static Detours of(List<String> names, Kernel kernel) throws IOException {
        List<Link> pair = pair(names.subList(0, 2), kernel);
        Optional<Link> tunnel = tunnel(names.get(2), kernel);
        List<Link> links = new ArrayList<>(pair);
        tunnel.ifPresent(links::add);
        Settings.Detour joining = pair.isEmpty()
                ? Settings.Detour.NONE
                : new Settings.Detour(pair.get(0).index(), pair.get(1).index());
        return new Detours(links, joining, tunnel.map(Detours::local).orElse(LocalTunnel.NONE));
    }

    private static LocalTunnel local(Link link) {
        Vxlan vxlan = (Vxlan) link.properties();
        return new LocalTunnel(link.index(), vxlan.vni(), vxlan.port(), false);
    }

    private static List<Link> pair(List<String> names, Kernel kernel) throws IOException {
        List<Link> links = linksOf(names, kernel);
        if (links.size() == names.size() && links.stream().allMatch(Link::up)) {
            return links;
        }
        try {
            for (Link rest : links.subList(0, Math.min(1, links.size()))) {
                kernel.delete(rest); // the other one goes with it
            }
            kernel.createJoiningPair(names.get(0), names.get(1), LARGEST_MTU);
            return linksOf(names, kernel);
        } catch (KernelException e) {
            LOG.log(Level.DEBUG, "received packets are not joined: {0}", e.getMessage());
            return List.of();
        }
    }

    private static List<Link> linksOf(List<String> names, Kernel kernel) throws IOException {
        List<Link> links = new ArrayList<>();
        for (String name : names) {
            kernel.link(name).ifPresent(links::add);
        }
        return links;
    }

    private static Optional<Link> tunnel(String name, Kernel kernel) throws IOException {
        Optional<Link> former = kernel.link(name);
        if (former.filter(link -> link.up() && link.properties() instanceof Vxlan)
                .isPresent()) {
            return former;
        }
        try {
            if (former.isPresent()) {
                kernel.delete(former.get());
            }
            return Optional.of(create(name, kernel, ATTEMPTS));
        } catch (KernelException e) {
            LOG.log(Level.DEBUG, "received super-packets are cut: {0}", e.getMessage());
            return Optional.empty();
        }
    }

    /// Another program may have the port.
    private static Link create(String name, Kernel kernel, int attempts) throws KernelException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int vni = random.nextInt(1, Vxlan.MAX_VNI);
        int port = random.nextInt(FIRST_PORT, BEHIND_LAST_PORT);
        Vxlan vxlan = new Vxlan(vni, port, null, 0, false, false);
        try {
            return kernel.create(new Device(name, vxlan, TUNNEL_MAC, LARGEST_VXLAN_MTU));
        } catch (KernelException e) {
            if (e.is(Errno.EADDRINUSE) && attempts > 1) {
                return create(name, kernel, attempts - 1);
            }
            throw e;
        }
    }
}
