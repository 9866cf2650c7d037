package jflannel.ip;

import java.util.ArrayList;
import java.util.List;

/// The textual forms of addresses: dotted decimal, and RFC 4291 section 2.2 read strictly, RFC 5952 written.
final class IpText {
    private IpText() {}

    static Ip parse(String text) {
        return text.indexOf(':') >= 0 ? parseV6(text) : new Ip(Family.IPV4, 0, parseV4(text, text));
    }

    private static long parseV4(String text, String whole) {
        long value = 0;
        int at = 0;
        for (int part = 0; part < 4; part++) {
            int dot = part < 3 ? text.indexOf('.', at) : text.length();
            int octet = dot < 0 ? -1 : octet(text, at, dot);
            if (octet < 0) {
                throw notAnAddress(whole);
            }
            value = value << 8 | octet;
            at = dot + 1;
        }
        return value;
    }

    /// @return -1 if it is none
    private static int octet(String text, int from, int to) {
        int octet = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            octet = octet * 10 + c - '0';
        }
        // a leading zero is octal to some readers and decimal to others
        boolean plain = to > from && to - from <= 3 && (text.charAt(from) != '0' || to - from == 1);
        return plain && octet <= 255 ? octet : -1;
    }

    private static Ip parseV6(String text) {
        int gap = text.indexOf("::");
        List<Integer> left = groups(gap < 0 ? text : text.substring(0, gap), text);
        List<Integer> right = gap < 0 ? List.of() : groups(text.substring(gap + 2), text);
        int missing = 8 - left.size() - right.size();
        if (gap < 0 ? missing != 0 : missing < 1) {
            throw notAnAddress(text);
        }
        long[] halves = new long[2];
        for (int i = 0; i < 8; i++) {
            int fromRight = i - left.size() - missing;
            long group = i < left.size() ? left.get(i) : fromRight >= 0 ? right.get(fromRight) : 0;
            halves[i / 4] = halves[i / 4] << 16 | group;
        }
        return new Ip(Family.IPV6, halves[0], halves[1]);
    }

    /// A loop, not a stream: the first stream makes every start of a short program slower.
    static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static List<Integer> groups(String text, String whole) {
        List<Integer> groups = new ArrayList<>();
        if (text.isEmpty()) {
            return groups;
        }
        String[] words = text.split(":", -1);
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            if (i == words.length - 1 && word.indexOf('.') >= 0 && whole.endsWith(word)) {
                long v4 = parseV4(word, whole);
                groups.add((int) (v4 >>> 16));
                groups.add((int) (v4 & 0xffff));
            } else if (!word.isEmpty()
                    && word.length() <= 4
                    && word.chars().allMatch(c -> c < 0x80 && Character.digit(c, 16) >= 0)) {
                groups.add(Integer.parseInt(word, 16));
            } else {
                throw notAnAddress(whole);
            }
        }
        return groups;
    }

    static String format(Ip ip) {
        if (ip.family() == Family.IPV4) {
            long v = ip.low();
            return (v >>> 24) + "." + (v >>> 16 & 0xff) + "." + (v >>> 8 & 0xff) + "." + (v & 0xff);
        }
        if (ip.high() == 0 && ip.low() >>> 32 == 0xffff) {
            return "::ffff:" + format(new Ip(Family.IPV4, 0, ip.low() & 0xffffffffL));
        }
        int[] group = new int[8];
        for (int i = 0; i < 8; i++) {
            group[i] = (int) ((i < 4 ? ip.high() : ip.low()) >>> (48 - 16 * (i % 4)) & 0xffff);
        }
        int gapStart = -1;
        int gapLength = 1; // a single zero group is not compressed
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && group[end] == 0) {
                end++;
            }
            if (end - i > gapLength) {
                gapStart = i;
                gapLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == gapStart) {
                text.append("::");
                i += gapLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group[i]));
            }
        }
        return text.toString();
    }

    private static IllegalArgumentException notAnAddress(String text) {
        return new IllegalArgumentException("\"" + text + "\" is not an IP address such as 192.0.2.10 or 2001:db8::10");
    }
}
