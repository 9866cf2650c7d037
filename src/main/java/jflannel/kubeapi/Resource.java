package jflannel.kubeapi;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import jflannel.json.JsonStream;

/// A kind of object in the API: where its objects are, and what to keep of each.
///
/// A field of the wrong type counts as missing, so that one odd object does not spoil a list.
///
/// @param path such as `/api/v1/nodes`, or within a namespace `/api/v1/namespaces/default/pods`
/// @param plural for messages: `nodes`
/// @param forms makes an empty form for each object
public record Resource<T>(String path, String plural, Supplier<Form<T>> forms) {
    /// Filled in while an object is read.
    public interface Form<T> {
        /// Takes a field of the object, or ignores it.
        ///
        /// @param name such as `spec`, or `metadata.annotations`
        void take(String name, JsonStream value) throws IOException;

        /// The object, once all of it was read.
        T filled(Metadata metadata);
    }

    /// Fields that all objects have; empty if missing.
    ///
    /// @param version of the object, from which to watch
    /// @param created as RFC 3339 text in UTC, so that text order is time order
    public record Metadata(String name, String namespace, String version, String created) {}

    /// An event of a watch. In a bookmark the object has only a version, and in an error there is none.
    ///
    /// @param type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
    /// @param code the HTTP status of an error, or else 0
    /// @param message of an error
    public record Event<T>(String type, T object, String version, int code, String message) {}

    /// Reads one object.
    public T object(JsonStream json) throws IOException {
        Draft draft = new Draft();
        if (!draft.read(json)) {
            throw new IOException("the server sent something other than one of the %s".formatted(plural));
        }
        return draft.object();
    }

    /// Reads a list, passing on its objects one by one.
    ///
    /// @return the list's version, from which to watch
    public String list(JsonStream json, Consumer<T> each) throws IOException {
        String[] version = {""};
        json.object(field -> {
            switch (field) {
                case "metadata" ->
                    json.object(name -> {
                        if (name.equals("resourceVersion")) {
                            version[0] = json.string();
                        }
                    });
                case "items" ->
                    json.array(() -> {
                        Draft draft = new Draft();
                        draft.read(json);
                        each.accept(draft.object());
                    });
                default -> {}
            }
        });
        if (version[0].isEmpty()) {
            throw new IOException("the list of " + plural + " has no resourceVersion");
        }
        return version[0];
    }

    /// Reads an event of a watch.
    public Event<T> event(JsonStream json) throws IOException {
        String[] type = {""};
        Draft draft = new Draft();
        json.object(field -> {
            switch (field) {
                case "type" -> type[0] = json.string();
                case "object" -> draft.read(json);
                default -> {}
            }
        });
        return new Event<>(type[0], draft.object(), draft.version, draft.code, draft.message);
    }

    /// A partly read object, or the Status that reports a failure instead.
    private final class Draft {
        private final Form<T> form = forms.get();
        private String name = "";
        private String namespace = "";
        private String version = "";
        private String created = "";
        private int code;
        private String message = "";

        boolean read(JsonStream json) throws IOException {
            return json.object(field -> {
                switch (field) {
                    case "metadata" -> json.object(inner -> metadata(inner, json));
                    case "code" -> code = json.integer();
                    case "message" -> message = json.string();
                    default -> form.take(field, json);
                }
            });
        }

        private void metadata(String field, JsonStream json) throws IOException {
            switch (field) {
                case "name" -> name = json.string();
                case "namespace" -> namespace = json.string();
                case "resourceVersion" -> version = json.string();
                case "creationTimestamp" -> created = json.string();
                default -> form.take("metadata." + field, json);
            }
        }

        T object() {
            return form.filled(new Metadata(name, namespace, version, created));
        }
    }
}
