package jflannel.kube;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import jflannel.kube.NodeRecord.Condition;

/// Reads the API server's JSON as it arrives and keeps only what a [NodeRecord] has, so that the size of a node, mostly
/// labels and lists of images, costs no memory.
///
/// A field of another type than it should have counts as missing: one odd node must not spoil a list.
final class NodeReader {
    private static final JsonFactory JSON = new JsonFactory();

    private final AnnotationPrefix prefix;

    NodeReader(AnnotationPrefix prefix) {
        this.prefix = prefix;
    }

    /// What comes in a watch. `node` has only a version in a bookmark, and nothing in an error.
    ///
    /// @param type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
    /// @param code the HTTP status that an error stands for, else 0
    /// @param message of an error
    record WatchEvent(String type, NodeRecord node, int code, String message) {}

    JsonParser open(InputStream in) throws IOException {
        return JSON.createParser(in);
    }

    /// Reads one node.
    NodeRecord node(InputStream in) throws IOException {
        try (JsonParser json = open(in)) {
            json.nextToken();
            return object(json).node();
        }
    }

    /// Reads a list, giving its nodes one by one.
    ///
    /// @return the list's version, to watch on from
    String list(InputStream in, Consumer<NodeRecord> each) throws IOException {
        String[] version = {""};
        try (JsonParser json = open(in)) {
            json.nextToken();
            fields(json, field -> {
                switch (field) {
                    case "metadata" ->
                        fields(json, inner -> {
                            if (inner.equals("resourceVersion")) {
                                version[0] = text(json);
                            } else {
                                json.skipChildren();
                            }
                        });
                    case "items" -> items(json, () -> each.accept(object(json).node()));
                    default -> json.skipChildren();
                }
            });
        }
        if (version[0].isEmpty()) {
            throw new IOException("the list of nodes has no resourceVersion");
        }
        return version[0];
    }

    /// The next event of a watch, or nothing at the end of the stream.
    Optional<WatchEvent> next(JsonParser json) throws IOException {
        if (json.nextToken() == null) {
            return Optional.empty();
        }
        String[] type = {""};
        Draft[] draft = {new Draft()};
        fields(json, field -> {
            switch (field) {
                case "type" -> type[0] = text(json);
                case "object" -> draft[0] = object(json);
                default -> json.skipChildren();
            }
        });
        return Optional.of(new WatchEvent(type[0], draft[0].node(), draft[0].code, draft[0].message));
    }

    /// The node's name in a Pod object, or "".
    static String nodeOfPod(InputStream in) throws IOException {
        String[] name = {""};
        try (JsonParser json = JSON.createParser(in)) {
            json.nextToken();
            fields(json, field -> {
                if (field.equals("spec")) {
                    fields(json, inner -> {
                        if (inner.equals("nodeName")) {
                            name[0] = text(json);
                        } else {
                            json.skipChildren();
                        }
                    });
                } else {
                    json.skipChildren();
                }
            });
        }
        return name[0];
    }

    /// A Node or Status object in the making.
    private static final class Draft {
        private String name = "";
        private String version = "";
        private String created = "";
        private String podCidr = "";
        private final List<String> podCidrs = new ArrayList<>();
        private final Map<String, String> annotations = new HashMap<>();
        private Condition networkUnavailable;
        private int code;
        private String message = "";

        NodeRecord node() {
            List<String> cidrs = podCidrs.isEmpty() && !podCidr.isEmpty() ? List.of(podCidr) : podCidrs;
            return new NodeRecord(name, version, created, cidrs, annotations, Optional.ofNullable(networkUnavailable));
        }
    }

    private Draft object(JsonParser json) throws IOException {
        Draft draft = new Draft();
        fields(json, field -> {
            switch (field) {
                case "metadata" -> metadata(json, draft);
                case "spec" -> spec(json, draft);
                case "status" -> status(json, draft);
                case "code" -> draft.code = json.currentToken() == JsonToken.VALUE_NUMBER_INT ? json.getIntValue() : 0;
                case "message" -> draft.message = text(json);
                default -> json.skipChildren();
            }
        });
        return draft;
    }

    private void metadata(JsonParser json, Draft draft) throws IOException {
        fields(json, field -> {
            switch (field) {
                case "name" -> draft.name = text(json);
                case "resourceVersion" -> draft.version = text(json);
                case "creationTimestamp" -> draft.created = text(json);
                case "annotations" ->
                    fields(json, name -> {
                        String value = text(json);
                        prefix.suffix(name).ifPresent(suffix -> draft.annotations.put(suffix, value));
                    });
                default -> json.skipChildren();
            }
        });
    }

    private static void spec(JsonParser json, Draft draft) throws IOException {
        fields(json, field -> {
            switch (field) {
                case "podCIDR" -> draft.podCidr = text(json);
                case "podCIDRs" -> items(json, () -> draft.podCidrs.add(text(json)));
                default -> json.skipChildren();
            }
        });
    }

    private static void status(JsonParser json, Draft draft) throws IOException {
        fields(json, field -> {
            if (field.equals("conditions")) {
                items(json, () -> condition(json, draft));
            } else {
                json.skipChildren();
            }
        });
    }

    private static void condition(JsonParser json, Draft draft) throws IOException {
        Map<String, String> words = new HashMap<>();
        fields(json, field -> words.put(field, text(json)));
        if (words.getOrDefault("type", "").equals(OwnNode.CONDITION)) {
            draft.networkUnavailable = new Condition(
                    words.getOrDefault("status", ""),
                    words.getOrDefault("reason", ""),
                    words.getOrDefault("message", ""));
        }
    }

    /// The message of a Status object.
    ///
    /// @throws IOException if `text` is no JSON object
    static String message(String text) throws IOException {
        String[] message = {""};
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            fields(json, field -> {
                if (field.equals("message")) {
                    message[0] = text(json);
                } else {
                    json.skipChildren();
                }
            });
        }
        return message[0];
    }

    private interface OnField {
        /// The parser stands at the field's value, and shall be left at its end.
        void read(String name) throws IOException;
    }

    private interface OnItem {
        void read() throws IOException;
    }

    /// Goes through the object at which the parser stands; another value is passed over.
    private static void fields(JsonParser json, OnField each) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            each.read(name);
        }
    }

    /// Goes through the array at which the parser stands; another value is passed over.
    private static void items(JsonParser json, OnItem each) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            each.read();
        }
    }

    /// The string at which the parser stands, or "" for another value, which is passed over.
    private static String text(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        json.skipChildren();
        return "";
    }
}
