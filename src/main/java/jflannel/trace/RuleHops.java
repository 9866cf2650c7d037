package jflannel.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Decision;
import jflannel.foreign.Effect;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.foreign.Passage;
import jflannel.linux.KernelException;
import jflannel.policy.Connection;
import jflannel.policy.KernelRefusal;

/// What everybody's firewall rules do to the packet, hook by hook.
final class RuleHops {
    private final Journey journey;

    RuleHops(Journey journey) {
        this.journey = journey;
    }

    /// What has become of a packet.
    ///
    /// @param packet as it leaves the hook
    /// @param masquerade the rule that replaces its source by the address of the device that it leaves by
    record Passed(Packet packet, boolean goesOn, Optional<Decision> masquerade) {}

    /// @param packet an outer one or an inner one
    /// @param device for the hop
    Passed pass(Hook hook, Packet packet, String device, String headers) throws IOException {
        Passage passage;
        try {
            passage = journey.view.rules(packet.destination()).pass(hook, packet, journey::isHere);
        } catch (IOException e) {
            Hop hop = Hop.of(Step.RULES, device, headers, "firewall rules of " + name(hook))
                    .unknown("the firewall rules cannot be read: " + e.getMessage(), "Run it as root");
            return new Passed(packet, journey.add(hop), Optional.empty());
        }
        Optional<Decision> masquerade = passage.decisions().stream()
                .filter(decision -> decision.effect() == Effect.MASQUERADE)
                .findFirst();
        boolean goesOn = true;
        if (!passage.decisions().isEmpty()) {
            Hop hop = Hop.of(Step.RULES, device, after(packet, passage, headers), what(passage))
                    .because(passage.decisions().stream().map(RuleHops::words).toList());
            goesOn = journey.add(judged(hop, passage));
        }
        return new Passed(passage.packet(), goesOn, masquerade);
    }

    /// What network policies have against a packet that is forwarded, and begins a connection.
    boolean permitted(Packet packet, String device) throws IOException {
        Connection connection =
                new Connection(packet.source(), packet.destination(), packet.protocol(), packet.destinationPort());
        Optional<KernelRefusal> refusal;
        try {
            refusal = journey.view.refusal(connection);
        } catch (KernelException e) {
            return journey.add(Hop.of(Step.RULES, device, Journey.words(packet), "network policies")
                    .unknown("their tables cannot be read: " + e.getMessage(), "Run it as root"));
        }
        if (refusal.isEmpty()) {
            return true;
        }
        KernelRefusal found = refusal.get();
        return journey.add(Hop.of(Step.RULES, device, Journey.words(packet), "FORWARD: network policies drop it")
                .because("table " + found.table())
                .because(journey.view.policiesOn(connection))
                .broken(
                        "no network policy allows it: %s is isolated for %s, and %d of its packets were refused so far"
                                .formatted(found.subject(), found.direction().word(), found.packets()),
                        "If it should pass, see flannel policy explain %s %s%s"
                                .formatted(
                                        connection.source(),
                                        connection.destination(),
                                        connection.port() == 0 ? "" : " --port " + connection.port())));
    }

    private static String after(Packet before, Passage passage, String headers) {
        return headers.replace(Journey.words(before), Journey.words(passage.packet()));
    }

    private static Hop judged(Hop hop, Passage passage) {
        return switch (passage.fate()) {
            case PASSES -> hop;
            case DROPPED -> {
                Decision last = passage.decisions().getLast();
                yield hop.broken(dropper(last) + " drops it: " + last.words(), remedy(last));
            }
            case UNCERTAIN -> {
                Decision may = passage.decisions().stream()
                        .filter(decision -> decision.effect() == Effect.DROP)
                        .findFirst()
                        .orElseThrow();
                yield hop.unknown(dropper(may) + " may drop it: " + may.words(), "");
            }
        };
    }

    private static String dropper(Decision decision) {
        return decision.owner().isEmpty() ? "a rule of another program" : decision.owner();
    }

    private static String remedy(Decision drop) {
        return drop.command().isEmpty()
                ? "Remove that rule, or accept the packet before it"
                : "If nobody needs that rule: " + drop.command();
    }

    private static String what(Passage passage) {
        List<String> parts = new ArrayList<>();
        for (Decision decision : passage.decisions()) {
            String part = part(decision);
            if (!part.isEmpty() && !parts.contains(part)) {
                parts.add(part);
            }
        }
        return name(passage.hook()) + ": " + String.join(", ", parts);
    }

    private static String part(Decision decision) {
        String who = decision.owner().isEmpty() ? "a rule" : decision.owner();
        String verb = decision.certain() ? "" : "may ";
        String ending = decision.certain() ? "s" : "";
        return switch (decision.effect()) {
            case ACCEPT -> who + " " + verb + "accept" + ending + " it";
            case DROP -> who + " " + verb + "drop" + ending + " it";
            case MASQUERADE -> who + " " + verb + "masquerade" + ending + " it";
            case SNAT -> who + " replaces the source by " + target(decision);
            case DNAT -> who + " translates the destination into " + target(decision) + choice(decision);
            case MARK -> who + " marks it";
        };
    }

    /// One of several backends is chosen at random.
    private static String choice(Decision decision) {
        return decision.certain() ? "" : ", one of several";
    }

    private static String target(Decision decision) {
        return decision.address()
                .map(ip -> decision.port() == 0 ? ip.toString() : ip + " port " + decision.port())
                .orElse("another address");
    }

    private static String words(Decision decision) {
        return decision.words() + (decision.certain() ? "" : " (perhaps)");
    }

    static String name(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING -> hook.name();
            case INGRESS -> "the device's ingress hook";
            case EGRESS -> "the device's egress hook";
            case BRIDGE_IN -> "the bridge's input";
            case BRIDGE_OUT -> "the bridge's output";
        };
    }
}
