package jflannel.kubeapi;

import java.io.IOException;

/// The API server answered, but not with what was asked for.
public final class ApiException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;

    private final int code;

    /// @param what was asked for: "GET /api/v1/nodes"
    /// @param code the HTTP status
    /// @param message what the API server said
    ApiException(String what, int code, String message) {
        super("the Kubernetes API answers %s with %d: %s%s".formatted(what, code, message, hint(code)));
        this.code = code;
    }

    private static String hint(int code) {
        return switch (code) {
            case UNAUTHORIZED -> " (the credentials are not accepted)";
            case FORBIDDEN -> " (the ClusterRole flannel of kube-flannel.yml grants what flanneld needs)";
            default -> "";
        };
    }

    /// True if the object is not there.
    public boolean isNotFound() {
        return code == NOT_FOUND;
    }

    /// True if the API server has forgotten the version that was asked for.
    public boolean isGone() {
        return code == GONE;
    }
}
