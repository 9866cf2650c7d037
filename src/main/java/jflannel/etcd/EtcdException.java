package jflannel.etcd;

import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.util.regex.Pattern;

/// A call to etcd failed. The message names the endpoint and the reason, and never contains a credential.
public final class EtcdException extends IOException {
    private static final long serialVersionUID = 1L;

    /// What a client without TLS sees when the server expects TLS: the beginning of a TLS alert, or a closed
    /// connection in one of several forms, because the server's answer races with its closing of the connection.
    private static final Pattern HUNG_UP =
            Pattern.compile("Network closed|Connection reset|Broken pipe|First received frame was not SETTINGS");

    private final Status.Code code;

    EtcdException(String message, Status.Code code, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /// @param answered true if the endpoint has answered before, so that the protocol is right
    EtcdException(Endpoint endpoint, StatusException failure, boolean answered) {
        this(
                "etcd at " + endpoint + ": " + words(endpoint, failure.getStatus(), answered),
                failure.getStatus().getCode(),
                failure);
    }

    Status.Code code() {
        return code;
    }

    /// True if etcd does not accept this client.
    public boolean isOfCredentials() {
        return switch (code) {
            case PERMISSION_DENIED, UNAUTHENTICATED -> true;
            case INVALID_ARGUMENT -> getMessage().contains("user name is empty");
            default -> false;
        };
    }

    /// True if etcd did not answer in time.
    public boolean isOfSilence() {
        return code == Status.Code.DEADLINE_EXCEEDED;
    }

    /// etcd's own message, or the operating system's if the connection failed: gRPC's "io exception" says nothing.
    private static String words(Endpoint endpoint, Status status, boolean answered) {
        Throwable root = status.getCause();
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        String words = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        if (root != null && root.getMessage() != null && !words.contains(root.getMessage())) {
            words = words.startsWith("io exception") ? root.getMessage() : words + ": " + root.getMessage();
        }
        words = words.lines().findFirst().orElse(words);
        if (!endpoint.tls() && !answered && HUNG_UP.matcher(words).lookingAt()) {
            words += " (does it want https?)";
        }
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED -> "no answer in time";
            case PERMISSION_DENIED ->
                words + " (the user's role needs readwrite on all keys that begin with the prefix)";
            case INVALID_ARGUMENT ->
                words.contains("user name is empty")
                        ? words + " (etcd asks for a user: give --etcd-username and --etcd-password)"
                        : words;
            default -> words;
        };
    }
}
