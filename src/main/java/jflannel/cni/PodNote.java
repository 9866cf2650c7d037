package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.names.DaemonFiles;

/// Where network policies are enforced, a note for flanneld of a pod's addresses, so that the pod is isolated before
/// its first packet: Kubernetes knows them only after ADD. flanneld answers by another file when its rules are in
/// place.
///
/// @param folder of the notes; policies are enforced if it is there
/// @param name of the note
record PodNote(Path folder, String name) {
    private static final int PAUSE_MILLIS = 5;

    static PodNote of(Path subnetFile, Request request) {
        return of(subnetFile, request.containerId(), request.ifName());
    }

    static PodNote of(Path subnetFile, String containerId, String ifName) {
        return new PodNote(DaemonFiles.pods(subnetFile), containerId + "@" + ifName);
    }

    boolean isWanted() {
        return Files.isDirectory(folder);
    }

    /// Writes the note and waits for the answer.
    ///
    /// @param result of the delegate's ADD
    /// @param args the variable CNI_ARGS, which names the pod
    /// @return false if there is none in time
    boolean write(String result, String args, Duration patience) throws IOException {
        Map<String, Object> note = new TreeMap<>();
        note.put("addresses", addresses(result));
        for (String pair : args.split(";")) {
            if (pair.startsWith("K8S_POD_NAMESPACE=")) {
                note.put("namespace", pair.substring(pair.indexOf('=') + 1));
            } else if (pair.startsWith("K8S_POD_NAME=")) {
                note.put("name", pair.substring(pair.indexOf('=') + 1));
            }
        }
        Path draft = folder.resolve("." + name);
        Files.write(draft, Json.compact(note).getBytes(UTF_8));
        Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        long end = System.nanoTime() + patience.toNanos();
        while (!Files.exists(answer())) {
            if (System.nanoTime() > end) {
                return false;
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                return false;
            }
        }
        return true;
    }

    /// The addresses in a result, of any version of CNI.
    private static List<Object> addresses(String result) {
        List<Object> addresses = new ArrayList<>();
        try {
            Map<String, Object> fields = Json.object(result);
            if (fields.get("ips") instanceof List<?> ips) {
                for (Object ip : ips) {
                    add(ip, "address", addresses);
                }
            }
            add(fields.get("ip4"), "ip", addresses);
            add(fields.get("ip6"), "ip", addresses);
        } catch (JsonException e) {
            // a result without addresses: the runtime will say so
        }
        return addresses;
    }

    private static void add(Object ip, String field, List<Object> addresses) {
        if (ip instanceof Map<?, ?> fields && fields.get(field) instanceof String address) {
            addresses.add(address);
        }
    }

    void remove() throws IOException {
        if (isWanted()) {
            try {
                Files.deleteIfExists(folder.resolve(name));
                Files.deleteIfExists(answer());
            } catch (NoSuchFileException e) {
                // policies were switched off meanwhile
            }
        }
    }

    private Path answer() {
        return folder.resolve(DaemonFiles.READY_POD + name);
    }
}
