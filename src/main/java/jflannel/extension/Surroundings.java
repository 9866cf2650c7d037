package jflannel.extension;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The environment that commands inherit: the daemon's own without what may be secret, such as etcd's password in
/// `FLANNELD_ETCD_PASSWORD`.
final class Surroundings {
    private static final Pattern SECRET =
            Pattern.compile("FLANNELD_.*|.*(PASS|SECRET|TOKEN|CREDENTIAL|KEY|AUTH|COOKIE).*");

    private Surroundings() {}

    static Map<String, String> of(Map<String, String> daemons) {
        Map<String, String> inherited = new TreeMap<>(daemons);
        inherited.keySet().removeIf(Surroundings::isSecret);
        return inherited;
    }

    static boolean isSecret(String name) {
        return SECRET.matcher(name.toUpperCase(Locale.ROOT)).matches();
    }
}
