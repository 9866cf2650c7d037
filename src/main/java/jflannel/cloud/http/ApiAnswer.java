package jflannel.cloud.http;

import java.util.stream.Stream;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;

/// What an API that speaks JSON answered, or why it refused.
///
/// @param action with its service: `vpc:CreateRoutes`
/// @param fault of a refusal; null without one
/// @param code of the refusal, for programs
/// @param message of it, for people
public record ApiAnswer(String action, Fields fields, Fault fault, String code, String message) {
    private static final int LONGEST = 300;

    public static ApiAnswer done(String action, Fields fields) {
        return new ApiAnswer(action, fields, null, "", "");
    }

    public static ApiAnswer refused(String action, Fault fault, String code, String message) {
        String words = message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message;
        return new ApiAnswer(action, Fields.NONE, fault, code, words);
    }

    /// True if it was refused with that code, or one below it.
    public boolean isRefusedFor(String... codes) {
        return Stream.of(codes).anyMatch(it -> code.equals(it) || code.startsWith(it + "."));
    }

    /// @param words what it is about, for messages: ` on rtb-1`
    /// @throws CloudException if it was refused
    public Fields good(String words) throws CloudException {
        if (fault == null) {
            return fields;
        }
        String what = action + words;
        throw new CloudException(
                fault,
                switch (fault) {
                    case PERMISSION -> "the credentials do not permit " + what;
                    case CREDENTIALS -> what + ": the credentials are not accepted: " + code + ": " + message;
                    default -> what + ": " + code + ": " + message;
                });
    }
}
