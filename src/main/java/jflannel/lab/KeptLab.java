package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.lease.ConfigException;

/// The record of a lab that outlives its command: which processes belong to it. A user has at most one.
///
/// @param folder the lab's files
/// @param holders of the hosts' namespaces, by host
/// @param others all further processes
record KeptLab(Path folder, Map<String, ProcessId> holders, List<ProcessId> others) {
    private static final int PATIENCE_MILLIS = 5_000;

    private static Path file() throws IOException {
        return LabFolder.base().resolve("kept");
    }

    /// @throws ConfigException if a lab is being kept already
    static void refuseSecond() throws IOException {
        if (Files.exists(file())) {
            throw new ConfigException("--keep", "", "A lab is running already. End it with `flannel lab down`.");
        }
    }

    /// Starts a holder on each host and writes the record.
    static KeptLab of(Lab lab) throws IOException {
        Map<String, ProcessId> holders = new LinkedHashMap<>();
        List<ProcessId> others = new ArrayList<>();
        for (LabHost host : lab.hosts()) {
            for (LabProcess process : host.running()) {
                others.add(ProcessId.of(process.pid()));
            }
            holders.put(
                    host.name(),
                    ProcessId.of(host.start("holder.log", "sleep", "infinity").pid()));
        }
        KeptLab kept = new KeptLab(lab.folder(), holders, others);
        Files.writeString(file(), kept.text());
        LabFolder.keep(kept.folder);
        return kept;
    }

    /// @throws ConfigException if there is none
    static KeptLab read() throws IOException {
        if (!Files.exists(file())) {
            throw new ConfigException("lab", "none", "No lab is running. Start one with `flannel lab --keep`.");
        }
        return parse(file().toString(), Files.readString(file()));
    }

    /// The record as lines of words: `folder PATH`, `host NAME PID STARTED`, `process PID STARTED`.
    String text() {
        StringBuilder text = new StringBuilder("folder " + folder + "\n");
        holders.forEach((name, id) -> text.append("host %s %d %d\n".formatted(name, id.pid(), id.started())));
        others.forEach(id -> text.append("process %d %d\n".formatted(id.pid(), id.started())));
        return text.toString();
    }

    /// @throws ConfigException if a line is not as [#text] writes it
    static KeptLab parse(String where, String text) {
        Path folder = null;
        Map<String, ProcessId> holders = new LinkedHashMap<>();
        List<ProcessId> others = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ");
            try {
                switch (words[0]) {
                    case "folder" -> folder = Path.of(line.substring("folder ".length()));
                    case "host" -> holders.put(words[1], id(words, 2));
                    case "process" -> others.add(id(words, 1));
                    default -> throw new IllegalArgumentException(words[0]);
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw damaged(where, line);
            }
        }
        if (folder == null) {
            throw damaged(where, text.strip());
        }
        return new KeptLab(folder, holders, others);
    }

    private static ProcessId id(String[] words, int at) {
        return new ProcessId(Long.parseLong(words[at]), Long.parseLong(words[at + 1]));
    }

    private static ConfigException damaged(String where, String line) {
        return new ConfigException(where, line, "The record of the lab is damaged. End its processes by hand.");
    }

    /// The process that holds a host's namespaces.
    ///
    /// @throws ConfigException if there is no such host or it has ended
    ProcessId holder(String host) throws IOException {
        ProcessId id = holders.get(host);
        if (id == null) {
            throw new ConfigException("host", host, "The lab has " + String.join(", ", holders.keySet()) + ".");
        }
        if (!id.isAlive()) {
            throw new ConfigException("host", host, "It has ended. End the rest with `flannel lab down`.");
        }
        return id;
    }

    /// Ends the lab's processes, and only those, and removes its files.
    ///
    /// @return how many processes were ended
    int down() throws IOException {
        List<ProcessId> all = new ArrayList<>(others);
        all.addAll(holders.values());
        int ended = 0;
        for (ProcessId id : all) {
            if (id.isAlive()) {
                ProcessHandle.of(id.pid()).ifPresent(ProcessHandle::destroy);
                ended++;
            }
        }
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        for (ProcessId id : all) {
            while (id.isAlive() && System.nanoTime() < deadline) {
                Pause.millis(20);
            }
            if (id.isAlive()) {
                ProcessHandle.of(id.pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
        if (folder.startsWith(LabFolder.base())) {
            LabFolder.delete(folder);
        }
        Files.deleteIfExists(file());
        return ended;
    }
}
