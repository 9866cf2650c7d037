package jflannel.lab.cloud;

/// What a cloud answers.
///
/// @param status of HTTP
record CloudReply(int status, String type, String body) {
    /// No answer at all.
    static final CloudReply NONE = nothing(0);

    static CloudReply text(String body) {
        return new CloudReply(200, "text/plain", body);
    }

    static CloudReply xml(int status, String body) {
        return new CloudReply(status, "text/xml;charset=UTF-8", body);
    }

    static CloudReply json(int status, String body) {
        return new CloudReply(status, "application/json", body);
    }

    static CloudReply nothing(int status) {
        return new CloudReply(status, "text/plain", "");
    }
}
