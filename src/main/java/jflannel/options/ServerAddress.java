package jflannel.options;

import jflannel.ip.Ip;

/// Where a server listens.
///
/// @param port from 1 to 65535
public record ServerAddress(Ip ip, int port) {
    private static final String NEED =
            "Give a port from 1 to 65535, which stands for 127.0.0.1, or an address with a port, such as"
                    + " 192.0.2.1:9470 or [2001:db8::1]:9470.";

    /// @param word `PORT` for the loopback address, `IP:PORT`, or `[IP]:PORT`
    public static ServerAddress parse(String word) {
        int colon = word.lastIndexOf(':');
        int port = port(word.substring(colon + 1));
        return new ServerAddress(colon < 0 ? Ip.parse("127.0.0.1") : ip(word.substring(0, colon)), port);
    }

    private static Ip ip(String word) {
        boolean bracketed = word.startsWith("[") && word.endsWith("]");
        try {
            Ip ip = Ip.parse(bracketed ? word.substring(1, word.length() - 1) : word);
            if (bracketed == word.contains(":")) {
                return ip;
            }
        } catch (IllegalArgumentException e) {
            // not an address: reported below
        }
        throw new Readings.Unfit(NEED);
    }

    private static int port(String word) {
        int port = word.matches("[0-9]{1,5}") ? Integer.parseInt(word) : 0;
        if (port < 1 || port > 65_535) {
            throw new Readings.Unfit(NEED);
        }
        return port;
    }
}
