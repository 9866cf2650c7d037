package jflannel.kernelpath;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.bpf.BpfProgram;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;

/// The programs that carry packets in the kernel, and what they share with this process. To have an effect, they must
/// be attached; once they are, they go on without this process. For one thread, except for the counts.
public final class KernelPath implements AutoCloseable {
    private final Tables tables;
    private Settings settings;
    private Programs programs;

    /// All programs, loaded.
    private record Programs(BpfProgram egress, BpfProgram ingress, BpfProgram exit, BpfProgram localExit)
            implements AutoCloseable {
        static Programs load(Settings settings, Tables tables) throws KernelException {
            List<BpfProgram> loaded = new ArrayList<>();
            try {
                loaded.add(BpfProgram.load("flannel_egress", new Egress(settings, tables, 0).code()));
                loaded.add(BpfProgram.load("flannel_ingress", new Ingress(settings, tables).code()));
                loaded.add(BpfProgram.load("flannel_exit", Ingress.exit(settings)));
                loaded.add(BpfProgram.load("flannel_local", LocalTunnel.exit(settings, tables)));
                return new Programs(loaded.get(0), loaded.get(1), loaded.get(2), loaded.get(3));
            } catch (KernelException e) {
                loaded.forEach(BpfProgram::close);
                throw e;
            }
        }

        @Override
        public void close() {
            egress.close();
            ingress.close();
            exit.close();
            localExit.close();
        }
    }

    private KernelPath(Settings settings, Tables tables) throws KernelException {
        this.settings = settings;
        this.tables = tables;
        try (Tables scratch = Tables.create()) {
            SelfTest.run(settings, scratch);
        }
        this.programs = Programs.load(settings, tables);
    }

    /// Loads the programs and lets them work on packets that nobody sent. They have no peers yet.
    ///
    /// @throws KernelException if this kernel cannot carry packets by itself, or not for this process
    public static KernelPath open(Settings settings) throws KernelException {
        Tables tables = Tables.create();
        try {
            return new KernelPath(settings, tables);
        } catch (KernelException e) {
            tables.close();
            throw e;
        }
    }

    /// Loads the programs again if they are for other devices or addresses. Those that are attached go on as they
    /// are.
    public void suit(Settings wanted) throws KernelException {
        if (!wanted.equals(settings)) {
            Programs former = programs;
            programs = Programs.load(wanted, tables);
            settings = wanted;
            former.close();
        }
    }

    public Carrier carrier() {
        Map<Family, Integer> uplinks = new EnumMap<>(Family.class);
        settings.uplinks().forEach(uplink -> uplinks.put(uplink.address().family(), uplink.ifIndex()));
        return new Carrier(attachable(programs.egress), attachable(programs.ingress), exits(), uplinks, "");
    }

    private Map<Integer, Carrier.Program> exits() {
        Map<Integer, Carrier.Program> exits = new HashMap<>();
        if (!settings.detour().equals(Settings.Detour.NONE)) {
            exits.put(settings.detour().exit(), attachable(programs.exit));
        }
        if (settings.local().device() != 0) {
            exits.put(settings.local().device(), attachable(programs.localExit));
        }
        return exits;
    }

    private static Carrier.Program attachable(BpfProgram program) {
        return new Carrier.Program(program.id(), program.fd());
    }

    /// Makes these the peers, of which there is one for each subnet. Takes effect at once.
    public void peers(Map<Cidr, KernelPeer> wanted) throws KernelException {
        tables.replace(wanted);
    }

    /// How many packets were dropped because their source does not belong to the peer that sent them.
    public long wrongSource() throws KernelException {
        return tables.ended(Tables.WRONG_SOURCE);
    }

    /// The local tunnel that packets may take.
    public LocalTunnel local() {
        return settings.local();
    }

    /// True if there is a local tunnel, and none of our packets takes it yet.
    public boolean waitsForLocalTunnel() {
        return settings.local().device() != 0 && !settings.local().proven();
    }

    /// Sends a packet through the local tunnel, whose program must be attached.
    ///
    /// @return true if it came through
    public boolean passes(LocalTunnel local) throws KernelException {
        return LocalProbe.passes(local, tables);
    }

    /// What the programs have counted since the path was opened.
    public Tally tally() throws KernelException {
        return tables.tally();
    }

    /// The same for each peer's host.
    public Map<Ip, Counts> countsByHost() throws KernelException {
        return tables.byHost();
    }

    /// Ends this process's part: what is attached goes on.
    @Override
    public void close() {
        programs.close();
        tables.close();
    }
}
