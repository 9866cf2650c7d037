package jflannel.cni;

import java.util.LinkedHashMap;
import java.util.Map;
import jflannel.json.Json;

/// An error as the runtime gets it: a code, a message and maybe details, printed as JSON.
///
/// Source: the section on errors of the [CNI specification](https://www.cni.dev/docs/spec/#error).
final class CniException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// The plugin does not support the configuration's CNI version.
    static final int INCOMPATIBLE_VERSION = 1;
    /// The plugin does not know the container.
    static final int UNKNOWN_CONTAINER = 3;
    /// A variable `CNI_…` is missing or cannot be used.
    static final int ENVIRONMENT = 4;

    static final int IO_FAILURE = 5;
    /// The input is not JSON, or a field has the wrong type.
    static final int DECODING = 6;

    static final int NETWORK_CONFIGURATION = 7;
    static final int NAMESPACE = 8;
    /// A temporary condition: the runtime may try again.
    static final int TRY_AGAIN = 11;
    /// Answer to STATUS: an ADD cannot succeed now.
    static final int NOT_AVAILABLE = 50;
    /// What the CNI library of Go gives to errors that name no code.
    static final int INTERNAL = 999;

    private final int code;
    private final String details;

    CniException(int code, String message) {
        this(code, message, "");
    }

    CniException(int code, String message, String details) {
        super(message);
        this.code = code;
        this.details = details;
    }

    int code() {
        return code;
    }

    /// The error for standard output.
    ///
    /// @param version of CNI, in which the runtime speaks
    String json(String version) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("cniVersion", version);
        error.put("code", new Json.Number(Integer.toString(code)));
        error.put("msg", getMessage());
        if (!details.isEmpty()) {
            error.put("details", details);
        }
        return Json.indented(error) + "\n";
    }
}
