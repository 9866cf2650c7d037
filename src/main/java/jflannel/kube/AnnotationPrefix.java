package jflannel.kube;

import java.util.Optional;
import java.util.regex.Pattern;
import jflannel.lease.ConfigException;

/// The prefix of a network's annotations, derived from the flag by Go flannel's rule:
///
/// ```text
/// flannel.alpha.coreos.com   flannel.alpha.coreos.com/backend-data
/// example.com/blue           example.com/blue-backend-data
/// example.com/blue-          example.com/blue-backend-data
/// ```
///
/// With different prefixes, several networks can share the nodes of one cluster.
public record AnnotationPrefix(String text) {
    public static final String USUAL = "flannel.alpha.coreos.com";

    private static final Pattern GOOD = Pattern.compile("(?:[a-z0-9_-]+\\.)+[a-z0-9_-]+/(?:[a-z0-9_-]+-)?");

    /// @param flag the value of `--kube-annotation-prefix`
    /// @throws ConfigException if it cannot begin the name of an annotation
    public static AnnotationPrefix of(String flag) {
        String text = flag.contains("/") ? flag : flag + "/";
        if (!text.endsWith("/") && !text.endsWith("-")) {
            text += "-";
        }
        if (!GOOD.matcher(text).matches()) {
            throw new ConfigException(
                    "--kube-annotation-prefix",
                    flag,
                    "Give a lower-case domain name, optionally with a slash and a word: flannel.alpha.coreos.com or"
                            + " example.com/blue.");
        }
        return new AnnotationPrefix(text);
    }

    /// The annotation's full name.
    String name(String suffix) {
        return text + suffix;
    }

    /// What follows the prefix in the name of an annotation, if it is one of this network's.
    Optional<String> suffix(String name) {
        return name.startsWith(text) ? Optional.of(name.substring(text.length())) : Optional.empty();
    }
}
