package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.names.DaemonFiles;
import jflannel.policy.PolicyKeeper;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Reads the notes of the CNI plugin on new pods' addresses, and answers each when the kernel has what policies say
/// about that pod. The plugin waits for that, so a pod is isolated before its first packet.
final class PodNotes implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PodNotes.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /// Between looks while a pod waits that is not known yet.
    private static final int PENDING_MILLIS = 20;

    private static final int SAFETY_MILLIS = 60_000;

    private final Path folder;
    private final PolicyKeeper keeper;
    private final PodBridges bridges;
    private final boolean named;
    private final WatchService watch;
    private final Worker worker;

    /// @param pod namespace and name; empty if the runtime did not say
    /// @param written when, in milliseconds
    private record Note(String fileName, Optional<String> pod, List<Cidr> addresses, long written) {}

    /// @param named pods are known by their names, and not all alike
    PodNotes(Path folder, PolicyKeeper keeper, PodBridges bridges, boolean named, Board board) throws IOException {
        this.folder = folder;
        this.keeper = keeper;
        this.bridges = bridges;
        this.named = named;
        this.watch = FileSystems.getDefault().newWatchService();
        folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
        attach(); // before anything is programmed without them
        this.worker = Worker.start("pod-notes", board, this::turn);
    }

    private void turn() throws IOException, InterruptedException {
        List<Note> notes = attach();
        boolean pending = false;
        for (Note note : notes) {
            Path answer = folder.resolve(DaemonFiles.READY_POD + note.fileName);
            if (!Files.exists(answer)) {
                pending |= !answer(note, answer);
            }
        }
        WatchKey key = watch.poll(pending ? PENDING_MILLIS : SAFETY_MILLIS, TimeUnit.MILLISECONDS);
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
    }

    private List<Note> attach() throws IOException {
        List<Note> notes = read();
        Map<String, List<Cidr>> pods = new LinkedHashMap<>();
        for (Note note : notes) {
            note.pod.ifPresent(pod -> {
                pods.remove(pod); // the later one stands at the end
                pods.put(pod, note.addresses);
            });
        }
        keeper.inventory().attach(pods);
        return notes;
    }

    /// @return false if it has to wait
    private boolean answer(Note note, Path answer) throws IOException, InterruptedException {
        if (named && note.pod.isPresent() && !keeper.inventory().knows(note.pod.get())) {
            return false;
        }
        bridges.look(); // the pod's device is new
        if (!keeper.awaitApplied(PATIENCE)) {
            return false;
        }
        try {
            Files.createFile(answer);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            LOG.log(Level.DEBUG, "a pod came and went", e);
        }
        return true;
    }

    /// In the order in which they were written. What is no note is passed over.
    private List<Note> read() throws IOException {
        List<Note> notes = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, DaemonFiles::isPodNote)) {
            for (Path file : files) {
                try {
                    notes.add(note(file));
                } catch (NoSuchFileException e) {
                    // the pod is gone
                } catch (IllegalArgumentException e) {
                    LOG.log(Level.DEBUG, "{0} is no note of a pod: {1}", file, e.getMessage());
                }
            }
        }
        notes.sort(Comparator.comparing(Note::written));
        return notes;
    }

    private static Note note(Path file) throws IOException {
        var fields = Json.object(new String(Files.readAllBytes(file), UTF_8));
        List<Cidr> addresses = new ArrayList<>();
        if (fields.get("addresses") instanceof List<?> words) {
            for (Object word : words) {
                String address = String.valueOf(word);
                addresses.add(Cidr.host(Ip.parse(address.replaceFirst("/.*", ""))));
            }
        }
        boolean names = fields.get("namespace") instanceof String && fields.get("name") instanceof String;
        return new Note(
                file.getFileName().toString(),
                names ? Optional.of(fields.get("namespace") + "/" + fields.get("name")) : Optional.empty(),
                addresses,
                Files.getLastModifiedTime(file).toMillis());
    }

    @Override
    public void close() {
        worker.close();
        try {
            watch.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing the watch of the pods' notes", e);
        }
    }
}
