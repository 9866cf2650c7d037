package jflannel.cni;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.json.Json;

/// The versions of the CNI specification that the plugin supports. Answers have the version of the question, because
/// the delegate makes them, and it is asked in that version too.
final class CniVersion {
    /// In their order of publication, as the CNI library of Go lists them.
    static final List<String> SUPPORTED = List.of("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

    static final String NEWEST = SUPPORTED.getLast();
    /// What a configuration without a version means.
    static final String UNSAID = "0.1.0";

    private CniVersion() {}

    /// @param version as the configuration has it; empty if it says none
    /// @throws CniException if the plugin does not support it
    static void check(String version) {
        if (!SUPPORTED.contains(said(version))) {
            throw new CniException(
                    CniException.INCOMPATIBLE_VERSION,
                    "incompatible CNI versions",
                    "config is \"" + version + "\", plugin supports [\"" + String.join("\" \"", SUPPORTED) + "\"]");
        }
    }

    /// @param version a supported one, or empty
    /// @param first the version that introduced `command`
    /// @throws CniException if `version` is older than that
    static void checkAllows(String command, String version, String first) {
        if (SUPPORTED.indexOf(said(version)) < SUPPORTED.indexOf(first)) {
            throw new CniException(
                    CniException.INCOMPATIBLE_VERSION,
                    "config version does not allow " + command,
                    "config is \"" + said(version) + "\", " + command + " came with " + first);
        }
    }

    /// The version to answer in, whatever the configuration says.
    static String forAnswer(String version) {
        return SUPPORTED.contains(version) ? version : NEWEST;
    }

    /// The answer to VERSION.
    static String json() {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("cniVersion", NEWEST);
        answer.put("supportedVersions", new ArrayList<Object>(SUPPORTED));
        return Json.compact(answer) + "\n";
    }

    private static String said(String version) {
        return version.isEmpty() ? UNSAID : version;
    }
}
