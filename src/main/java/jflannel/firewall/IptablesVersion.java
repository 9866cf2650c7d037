package jflannel.firewall;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The version of iptables: `iptables v1.8.9 (nf_tables)`, `iptables v1.8.9 (legacy)`, or just `iptables v1.6.1`
/// before 1.8.
///
/// @param nfTables it keeps its rules in the nftables tables `nat` and `filter`, and does not see legacy rules
record IptablesVersion(int major, int minor, int patch, boolean nfTables) {
    private static final Pattern FORMAT = Pattern.compile("v(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?");

    /// Takes an unknown answer for an old version, which works everywhere.
    static IptablesVersion parse(String text) {
        Matcher version = FORMAT.matcher(text);
        if (!version.find()) {
            return new IptablesVersion(0, 0, 0, false);
        }
        String patch = version.group(3);
        return new IptablesVersion(
                Integer.parseInt(version.group(1)),
                Integer.parseInt(version.group(2)),
                patch == null ? 0 : Integer.parseInt(patch),
                text.contains("nf_tables"));
    }

    /// Has `MASQUERADE --random-fully`, and `iptables-restore --wait` for the lock that iptables programs share.
    boolean randomFullyAndWait() {
        return Arrays.compare(new int[] {major, minor, patch}, new int[] {1, 6, 2}) >= 0;
    }
}
