package jflannel.kubeapi;

import java.io.IOException;

/// The API server answered with an error.
public final class ApiException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;

    private final int code;

    /// @param what the request: "GET /api/v1/nodes"
    /// @param code the HTTP status
    /// @param message what the API server said
    ApiException(String what, int code, String message) {
        super("the Kubernetes API answers %s with %d: %s%s".formatted(what, code, message, hint(code)));
        this.code = code;
    }

    private static String hint(int code) {
        return switch (code) {
            case UNAUTHORIZED -> " (the credentials were rejected)";
            case FORBIDDEN -> " (the ClusterRole flannel of kube-flannel.yml grants what flanneld needs)";
            default -> "";
        };
    }

    /// True if the API server does not accept this client, or not for this.
    public boolean isOfCredentials() {
        return code == UNAUTHORIZED || code == FORBIDDEN;
    }

    /// True if the object does not exist.
    public boolean isNotFound() {
        return code == NOT_FOUND;
    }

    /// True if the API server no longer has the requested version.
    public boolean isGone() {
        return code == GONE;
    }
}
