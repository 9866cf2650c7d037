package jflannel.ipsec;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jflannel.vici.Section;

/// Why charon has no keys for a peer, from what it writes to its log: VICI has no other way to ask.
final class Complaints {
    private static final int LONGEST = 200;
    private static final int MOST = 20_000;

    /// What charon says when something is wrong, and what that means. Searched in this order.
    private static final Map<String, String> MEANINGS = new LinkedHashMap<>();

    static {
        MEANINGS.put("mac mismatched", "it has another PSK");
        MEANINGS.put("received authentication_failed", "it does not accept this node's key: is its PSK the same?");
        MEANINGS.put("no shared key found", "charon has no key for it");
        MEANINGS.put(
                "received no_proposal_chosen", "it does not accept these algorithms: is its ESPProposal the same?");
        MEANINGS.put(
                "no acceptable proposal found", "its algorithms are not this node's: is its ESPProposal the same?");
        MEANINGS.put("ts_unacceptable", "it does not know this node's subnet yet");
        MEANINGS.put("no matching peer config", "it is not known by the address that it comes from");
        MEANINGS.put("no trusted", "its certificate is not signed by this node's CA, or does not name its address");
        MEANINGS.put("certificate invalid", "its certificate is not valid now");
        MEANINGS.put("not responding", "it does not answer on UDP ports 500 and 4500");
        MEANINGS.put("giving up after", "it does not answer on UDP ports 500 and 4500");
        MEANINGS.put(
                "unable to install inbound and outbound ipsec sa",
                "the kernel refuses the keys: does it have ESP, and these algorithms?");
        MEANINGS.put("constraint check failed", "its certificate does not fit");
    }

    private final Map<String, String> byConnection = new ConcurrentHashMap<>();

    /// Takes an event `log`.
    void take(Section event) {
        String connection = event.text("ikesa-name");
        String meaning = meaning(event.text("msg"));
        if (!connection.isEmpty() && !meaning.isEmpty() && byConnection.size() < MOST) {
            byConnection.put(connection, meaning);
        }
    }

    /// In words; empty if it is not a complaint.
    static String meaning(String message) {
        String plain = message.toLowerCase(Locale.ROOT);
        return MEANINGS.entrySet().stream()
                .filter(entry -> plain.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }

    /// About a connection; empty if there is none.
    String about(String connection) {
        return byConnection.getOrDefault(connection, "");
    }

    void settle(String connection) {
        byConnection.remove(connection);
    }
}
