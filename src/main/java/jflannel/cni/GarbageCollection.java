package jflannel.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jflannel.cni.SavedConfs.Attachment;
import jflannel.json.Json;

/// The command GC: removes leftovers of interfaces that the runtime no longer knows. Each gets the DEL that it
/// missed, which also releases its addresses; then the delegate is asked to look for more.
final class GarbageCollection {
    /// Where libcni puts the interfaces that are in use.
    private static final String VALID = "cni.dev/valid-attachments";
    /// The name of a container's first interface, which is tried for what Go flannel saved.
    private static final String USUAL_IF_NAME = "eth0";

    private final Request request;
    private final NetConf conf;
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();

    GarbageCollection(Request request, NetConf conf, Map<String, String> environment) {
        this.request = request;
        this.conf = conf;
        this.environment = environment;
    }

    /// @throws CniException if anything could not be cleared away; the rest was
    Answer run() throws IOException {
        Set<String> valid = valid();
        SavedConfs saved = new SavedConfs(conf.dataDir());
        for (Attachment attachment : saved.all()) {
            boolean known = attachment.ifName().isEmpty()
                    ? valid.stream().anyMatch(key -> key.startsWith(key(attachment)))
                    : valid.contains(key(attachment));
            if (!known) {
                try {
                    delete(saved, attachment);
                } catch (IOException | CniException e) {
                    faults.add(attachment.containerId() + ": " + e.getMessage());
                }
            }
        }
        collectInDelegate();
        if (!faults.isEmpty()) {
            throw new CniException(CniException.INTERNAL, "not everything was cleared away", String.join("; ", faults));
        }
        return Answer.DONE;
    }

    /// Nothing is removed because of a list that is not understood.
    private Set<String> valid() {
        if (!conf.all().containsKey(VALID)) {
            throw wrongList("is missing");
        }
        Set<String> valid = new TreeSet<>();
        switch (conf.all().get(VALID)) {
            case null -> {} // how Go writes an empty list
            case List<?> list -> {
                for (Object item : list) {
                    if (item instanceof Map<?, ?> fields
                            && fields.get("containerID") instanceof String containerId
                            && fields.get("ifname") instanceof String ifName) {
                        valid.add(key(new Attachment(containerId, ifName)));
                    } else {
                        throw wrongList("holds " + Json.compact(item));
                    }
                }
            }
            case Object other -> throw wrongList("is " + Json.compact(other));
        }
        return valid;
    }

    private static CniException wrongList(String fault) {
        return new CniException(
                CniException.NETWORK_CONFIGURATION,
                VALID + " " + fault + ". Give a list such as [{\"containerID\":\"0c3f\",\"ifname\":\"eth0\"}].");
    }

    private static String key(Attachment attachment) {
        return attachment.containerId() + "@" + attachment.ifName();
    }

    /// Other networks may have their files in the same directory: those are not ours to judge.
    private void delete(SavedConfs saved, Attachment attachment) throws IOException {
        Optional<String> text = saved.find(attachment);
        if (text.isEmpty()) {
            return;
        }
        Optional<String> type = FlannelPlugin.delegateType(text.get());
        if (type.isEmpty() || !conf.name().equals(Json.object(text.get()).get("name"))) {
            return;
        }
        Map<String, String> changed = new HashMap<>(environment);
        changed.put("CNI_COMMAND", "DEL");
        changed.put("CNI_CONTAINERID", attachment.containerId());
        String ifName = attachment.ifName().isEmpty() ? USUAL_IF_NAME : attachment.ifName();
        changed.put("CNI_IFNAME", ifName);
        changed.remove("CNI_NETNS"); // the container is gone
        Answer answer = Delegate.find(type.get(), request.path(), changed).undo(text.get());
        if (answer.succeeded()) {
            saved.remove(attachment);
            PodNote.of(conf.subnetFile(), attachment.containerId(), ifName).remove();
        } else {
            faults.add(attachment.containerId() + ": " + answer.text().strip());
        }
    }

    private void collectInDelegate() throws IOException {
        if (!Files.exists(conf.subnetFile())) {
            return; // without it there is no configuration to give to the delegate
        }
        Map<String, Object> delegateConf = DelegateConf.of(conf, SubnetEnvironment.read(conf.subnetFile()));
        for (String field : List.of(VALID, "cni.dev/attachments")) {
            if (conf.all().containsKey(field)) {
                delegateConf.put(field, conf.all().get(field));
            }
        }
        Delegate delegate = Delegate.find((String) delegateConf.get("type"), request.path(), environment);
        if (delegate.speaks(conf.cniVersion())) { // an older one knows no GC
            Answer answer = delegate.run(Json.compact(delegateConf));
            if (!answer.succeeded()) {
                faults.add("delegate: " + answer.text().strip());
            }
        }
    }
}
