package jflannel.foreign;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.firewall.IptablesWords;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Parses the output of iptables-save(8). Unknown tests become [Truth#UNKNOWN].
final class IptablesReader {
    /// Modules that add no test by themselves.
    private static final Set<String> PLAIN_MODULES = Set.of(
            "tcp",
            "udp",
            "comment",
            "conntrack",
            "state",
            "mark",
            "connmark",
            "addrtype",
            "icmp",
            "icmp6",
            "multiport",
            "pkttype",
            "set");
    /// How iptables-save prints `--syn`, which matches the first packet of a connection.
    private static final String SYN_OF = "FIN,SYN,RST,ACK";

    private final String tool;
    private final Family family;
    private final Map<String, List<String>> sets;
    private final Map<String, Ruleset> tables = new HashMap<>();

    private IptablesReader(String tool, Family family, Map<String, List<String>> sets) {
        this.tool = tool;
        this.family = family;
        this.sets = sets;
    }

    /// @param tool `iptables`, `ip6tables` or either with `-legacy`, for messages and commands
    /// @param sets of ipset(8) that hold addresses and networks and nothing else, as far as they are known
    static List<Ruleset> read(List<String> lines, String tool, Family family, Map<String, List<String>> sets) {
        return new IptablesReader(tool, family, sets).tables(lines);
    }

    /// False for the rules of single Services, which do not matter here and which busy nodes have by the thousand.
    static boolean matters(String line) {
        return !line.startsWith("-A KUBE-SVC-")
                && !line.startsWith("-A KUBE-SEP-")
                && !line.startsWith("-A KUBE-EXT-")
                && !line.startsWith("-A KUBE-FW-")
                && !line.startsWith("-A KUBE-SERVICES ");
    }

    private List<Ruleset> tables(List<String> lines) {
        Ruleset now = null;
        for (String line : lines) {
            if (line.startsWith("*")) {
                now = tables.computeIfAbsent(line.substring(1).strip(), this::table);
            } else if (now != null && line.startsWith(":")) {
                chain(now, line.substring(1).split(" "));
            } else if (now != null && line.startsWith("-A ")) {
                rule(now, line);
            }
        }
        return List.copyOf(tables.values());
    }

    private Ruleset table(String name) {
        return new Ruleset(tool, name, Optional.of(family));
    }

    private static void chain(Ruleset table, String[] words) {
        table.addChain(words[0]);
        boolean drops = words.length > 1 && words[1].equals("DROP");
        boolean translates = table.table().equals("nat");
        Hook.named(words[0])
                .ifPresent(hook -> table.add(
                        new Ruleset.Base(words[0], hook, drops, Set.of(), priority(table.table(), hook), translates)));
    }

    /// NF_IP_PRI_* of linux/netfilter_ipv4.h.
    private static int priority(String table, Hook hook) {
        return switch (table) {
            case "raw" -> -300;
            case "mangle" -> -150;
            case "nat" -> hook == Hook.POSTROUTING || hook == Hook.INPUT ? 100 : -100;
            case "security" -> 50;
            default -> 0;
        };
    }

    private void rule(Ruleset table, String line) {
        List<String> words = IptablesWords.of(line);
        if (words.size() > 1) {
            table.add(words.get(1), new RuleReader(words).rule(line));
        }
    }

    /// Reads one rule, word by word.
    private final class RuleReader {
        private final List<String> words;
        private final List<Function<Packet, Truth>> tests = new ArrayList<>();
        private Verdict verdict = Verdict.CONTINUE;
        private Optional<Ip> only = Optional.empty();
        private boolean ofConnection;
        private int at = 2;

        RuleReader(List<String> words) {
            this.words = words;
        }

        Rule rule(String line) {
            while (at < words.size()) {
                boolean not = words.get(at).equals("!");
                at += not ? 1 : 0;
                if (at < words.size()) {
                    option(words.get(at++), not);
                }
            }
            return new Rule(line, tests, verdict, only);
        }

        private void option(String option, boolean not) {
            switch (option) {
                case "-s" -> address(next(), not, Packet::source);
                case "-d" -> destination(next(), not);
                case "-i" -> device(next(), not, Packet::in);
                case "-o" -> device(next(), not, Packet::out);
                case "-p" -> protocol(next(), not);
                case "-f" -> tests.add(_ -> Truth.NO.not(not));
                case "-m" -> module(next());
                case "--sport", "--sports" -> ports(next(), not, Packet::sourcePort);
                case "--dport", "--dports" -> ports(next(), not, Packet::destinationPort);
                case "--ctstate", "--state" -> state(next(), not);
                case "--match-set" -> set(next(), next(), not);
                case "--mark" -> mark(next(), not);
                case "--icmp-type", "--icmpv6-type" -> icmp(next(), not);
                case "--src-type" -> local(next(), not, Packet::fromHere);
                case "--dst-type" -> local(next(), not, Packet::toHere);
                case "--pkt-type" ->
                    tests.add(constant(next().equals("unicast")).andThen(truth -> truth.not(not)));
                case "--tcp-flags" -> flags(next(), next(), not);
                case "--comment" -> next();
                case "-j" -> {
                    verdict = target(next());
                    at = words.size(); // the rest are the target's own options
                }
                case "-g" -> verdict = new Verdict.Jump(next(), false);
                default -> unknown(option);
            }
        }

        private String next() {
            return at < words.size() ? words.get(at++) : "";
        }

        private void unknown(String option) {
            tests.add(_ -> Truth.UNKNOWN);
            while (at < words.size()
                    && !words.get(at).startsWith("-")
                    && !words.get(at).equals("!")) {
                at++; // its values
            }
        }

        private void module(String name) {
            ofConnection = name.equals("connmark") || ofConnection && !name.equals("mark");
            if (!PLAIN_MODULES.contains(name)) {
                tests.add(_ -> Truth.UNKNOWN);
            }
        }

        private void address(String block, boolean not, Function<Packet, Ip> of) {
            tests.add(packet -> Matches.isIn(of.apply(packet), block).not(not));
        }

        private void destination(String block, boolean not) {
            address(block, not, Packet::destination);
            try {
                Cidr cidr = Cidr.parse(block);
                only = Optional.of(cidr.address()).filter(_ -> !not && cidr.length() == family.bits());
            } catch (IllegalArgumentException e) {
                only = Optional.empty(); // an address without a length, or a mask that is not a prefix
            }
        }

        private void device(String name, boolean not, Function<Packet, String> of) {
            String pattern = name.endsWith("+") ? name.substring(0, name.length() - 1) + "*" : name;
            tests.add(packet -> Matches.isDevice(of.apply(packet), pattern).not(not));
        }

        private void protocol(String name, boolean not) {
            tests.add(packet -> Matches.isProtocol(packet.protocol(), name).not(not));
        }

        private void ports(String list, boolean not, Function<Packet, Integer> of) {
            tests.add(packet -> Matches.isAmong(of.apply(packet), list).not(not));
        }

        private void state(String list, boolean not) {
            List<String> states = List.of(list.split(","));
            tests.add(packet -> Truth.of(states.contains("NEW") || packet.translated() && states.contains("DNAT"))
                    .not(not));
        }

        /// @param of `src`, `dst`, or several of them for a set of several things
        private void set(String name, String of, boolean not) {
            Optional<List<String>> blocks = Optional.ofNullable(sets.get(name));
            tests.add(packet -> {
                if (blocks.isEmpty() || !of.equals("src") && !of.equals("dst")) {
                    return Truth.UNKNOWN;
                }
                Ip address = of.equals("src") ? packet.source() : packet.destination();
                Truth any = Truth.NO;
                for (String block : blocks.get()) {
                    any = any.or(Matches.isIn(address, block));
                }
                return any.not(not);
            });
        }

        /// Assumes that nothing has marked the connection.
        private void mark(String value, boolean not) {
            boolean connection = ofConnection;
            tests.add(packet ->
                    (connection ? Matches.isNumber(0, value) : Matches.isNumber(packet.mark(), value)).not(not));
        }

        private void icmp(String type, boolean not) {
            tests.add(packet -> packet.isEcho() ? Matches.isEchoRequest(type).not(not) : Truth.NO);
        }

        private void local(String types, boolean not, Function<Packet, Boolean> here) {
            List<String> wanted = List.of(types.split(","));
            tests.add(packet -> Truth.of(wanted.contains(here.apply(packet) ? "LOCAL" : "UNICAST"))
                    .not(not));
        }

        private void flags(String mask, String set, boolean not) {
            Truth first = mask.equals(SYN_OF) ? Truth.of(set.equals("SYN")) : Truth.UNKNOWN;
            tests.add(packet -> packet.protocol() == Packet.TCP ? first.not(not) : Truth.NO);
        }

        private Verdict target(String name) {
            return switch (name) {
                case "ACCEPT", "QUEUE", "NFQUEUE", "TPROXY" -> Verdict.ACCEPT;
                case "DROP", "REJECT" -> Verdict.DROP;
                case "RETURN" -> Verdict.RETURN;
                case "MASQUERADE" -> new Verdict.Rewrite(true, "", 0, plainPorts());
                case "SNAT" -> new Verdict.Rewrite(true, after("--to-source"), 0, plainPorts());
                case "NETMAP" -> new Verdict.Rewrite(true, after("--to"), 0, false);
                case "DNAT" -> new Verdict.Rewrite(false, after("--to-destination"), 0, true);
                case "REDIRECT" -> new Verdict.Rewrite(false, "", 0, false);
                case "MARK" -> Marks.ofIptables(after("--set-xmark"));
                // a chain; or, without a chain of that name, a target that leaves the decision to the next rule
                default -> new Verdict.Jump(name, true);
            };
        }

        private boolean plainPorts() {
            return words.stream().noneMatch(word -> word.startsWith("--random") || word.equals("--to-ports"));
        }

        private String after(String option) {
            int before = words.indexOf(option);
            return before < 0 || before + 1 >= words.size() ? "" : words.get(before + 1);
        }
    }

    private static Function<Packet, Truth> constant(boolean value) {
        return _ -> Truth.of(value);
    }
}
