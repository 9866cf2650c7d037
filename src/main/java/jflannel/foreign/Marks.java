package jflannel.foreign;

import java.util.List;
import java.util.Map;
import jflannel.json.Json;

/// Reads how rules change a packet's firewall mark.
final class Marks {
    private Marks() {}

    /// @param xmark as iptables-save prints the value of `--set-xmark`: `0x4000/0x4000`
    static Verdict.Mark ofIptables(String xmark) {
        String[] parts = xmark.split("/", 2);
        try {
            long mask = parts.length == 1 ? Verdict.Mark.ALL : Long.decode(parts[1]);
            return new Verdict.Mark(mask, Long.decode(parts[0]), true);
        } catch (NumberFormatException e) {
            return Verdict.Mark.UNKNOWN;
        }
    }

    /// @param value as nft prints it in JSON: a number, or one that is combined with the mark as it was
    static Verdict.Mark ofNft(Object value) {
        if (value instanceof Json.Number number) {
            return mark(Verdict.Mark.ALL, number);
        }
        if (value instanceof Map<?, ?> map && map.size() == 1) {
            Map.Entry<?, ?> operation = map.entrySet().iterator().next();
            boolean ofMark = operation.getValue() instanceof List<?> operands
                    && operands.size() == 2
                    && operands.getFirst() instanceof Map<?, ?> left
                    && left.get("meta") instanceof Map<?, ?> meta
                    && "mark".equals(meta.get("key"));
            if (ofMark && ((List<?>) operation.getValue()).getLast() instanceof Json.Number number) {
                return combined(String.valueOf(operation.getKey()), number);
            }
        }
        return Verdict.Mark.UNKNOWN;
    }

    private static Verdict.Mark combined(String operator, Json.Number number) {
        Verdict.Mark bits = mark(0, number);
        return !bits.known()
                ? bits
                : switch (operator) {
                    case "|" -> new Verdict.Mark(bits.bits(), bits.bits(), true);
                    case "^" -> bits;
                    case "&" -> new Verdict.Mark(Verdict.Mark.ALL & ~bits.bits(), 0, true);
                    default -> Verdict.Mark.UNKNOWN;
                };
    }

    private static Verdict.Mark mark(long mask, Json.Number number) {
        try {
            return new Verdict.Mark(mask, Long.parseLong(number.text()), true);
        } catch (NumberFormatException e) {
            return Verdict.Mark.UNKNOWN;
        }
    }
}
