package jflannel.foreign;

import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Tests of packets, in the spelling that iptables and nft share.
final class Matches {
    private Matches() {}

    /// @param block an address, a CIDR block, or a range `first-last`
    static Truth isIn(Ip address, String block) {
        try {
            int dash = block.indexOf('-');
            if (dash > 0) {
                Ip first = Ip.parse(block.substring(0, dash));
                Ip last = Ip.parse(block.substring(dash + 1));
                return Truth.of(address.family() == first.family()
                        && first.compareTo(address) <= 0
                        && address.compareTo(last) <= 0);
            }
            Cidr cidr = block.contains("/") ? Cidr.parse(block) : Cidr.host(Ip.parse(block));
            return Truth.of(cidr.family() == address.family() && cidr.contains(address));
        } catch (IllegalArgumentException e) {
            return Truth.UNKNOWN; // a mask that is not a prefix, or a name
        }
    }

    /// @param device null if unknown
    /// @param pattern a name, or the beginning of one followed by `*`
    static Truth isDevice(String device, String pattern) {
        if (device == null) {
            return Truth.UNKNOWN;
        }
        boolean matches = pattern.endsWith("*")
                ? device.startsWith(pattern.substring(0, pattern.length() - 1))
                : device.equals(pattern);
        return Truth.of(matches && !device.isEmpty());
    }

    /// @param name of a protocol, or its number
    static Truth isProtocol(int protocol, String name) {
        return switch (name) {
            case "tcp", "6" -> Truth.of(protocol == Packet.TCP);
            case "udp", "17" -> Truth.of(protocol == Packet.UDP);
            case "ipencap", "ipip", "4" -> Truth.of(protocol == Family.IPV4.protocol());
            case "ipv6", "41" -> Truth.of(protocol == Family.IPV6.protocol());
            case "icmp", "1" -> Truth.of(protocol == Packet.ICMP);
            case "ipv6-icmp", "icmpv6", "58" -> Truth.of(protocol == Packet.ICMPV6);
            case "all", "0" -> Truth.YES;
            default -> Truth.NO;
        };
    }

    /// @param list ports and port ranges, `80,1000:2000` or `80,1000-2000`
    static Truth isAmong(int port, String list) {
        Truth any = Truth.NO;
        for (String item : list.split(",")) {
            any = any.or(isBetween(port, item));
        }
        return any;
    }

    private static Truth isBetween(int port, String item) {
        String[] ends = item.split("[:-]", 2);
        try {
            int first = Integer.parseInt(ends[0]);
            int last = ends.length == 1 ? first : Integer.parseInt(ends[1]);
            return Truth.of(first <= port && port <= last);
        } catch (NumberFormatException e) {
            return Truth.UNKNOWN; // a service name
        }
    }

    /// @param type as iptables or nft writes it; the packet is an echo request
    static Truth isEchoRequest(String type) {
        return switch (type) {
            case "any", "8", "8/0", "128", "128/0", "echo-request" -> Truth.YES;
            default -> Truth.NO;
        };
    }

    /// @param number empty if it is not known
    /// @param value a number, with an optional mask: `0x4000/0x4000`
    static Truth isNumber(Optional<Long> number, String value) {
        return number.map(known -> isNumber(known, value)).orElse(Truth.UNKNOWN);
    }

    /// @param value a number, with an optional mask: `0x4000/0x4000`
    static Truth isNumber(long number, String value) {
        String[] parts = value.split("/", 2);
        try {
            long mask = parts.length == 1 ? 0xffff_ffffL : Long.decode(parts[1]);
            return Truth.of((number & mask) == Long.decode(parts[0]));
        } catch (NumberFormatException e) {
            return Truth.UNKNOWN;
        }
    }
}
