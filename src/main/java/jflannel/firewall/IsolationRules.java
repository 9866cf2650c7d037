package jflannel.firewall;

import static java.lang.System.Logger.Level.INFO;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.linux.Command;
import jflannel.names.Names;

/// Keeps a network apart from others of this host, in an nftables table of its own. The kernel drops there whatever
/// iptables or another table accepts, so this does not depend on where the other rules are, nor on their order.
///
/// A packet's addresses say which network it is of, unless a pod forged them. So a packet into this network must also
/// come by a device that is none of another network's, and one that claims to be of this network must come by a device
/// where it can be from.
final class IsolationRules implements RuleSet<Isolation> {
    private static final System.Logger LOG = System.getLogger(IsolationRules.class.getName());
    private static final Program NFT = new Program("nft", "nftables");
    private static final String HOOK = "type filter hook forward priority filter; policy accept;";

    private final Names names;
    private final KnownListings listings = new KnownListings("nft");
    /// The kernel can look up the route to an address (nft's fib); true until it refuses.
    private boolean hasFib = true;

    IsolationRules(Names names) {
        this.names = names;
    }

    @Override
    public boolean converge(Isolation wanted) throws IOException {
        if (!wanted.wanted()) {
            return remove();
        }
        List<String> listed = listed();
        if (listings.same(text(wanted, hasFib), listed) || !wanted.complete() && !listed.isEmpty()) {
            return false;
        }
        write(wanted);
        return true;
    }

    private void write(Isolation wanted) throws IOException {
        try {
            write(text(wanted, hasFib));
        } catch (Command.Failed e) {
            if (!hasFib) {
                throw e;
            }
            write(text(wanted, false));
            hasFib = false;
            LOG.log(INFO, "this kernel cannot look up routes in nftables rules (fib): {0}", e.getMessage());
        }
        if (!listings.confirm(text(wanted, hasFib), listed())) {
            listings.warn(qualified());
        }
    }

    private void write(List<String> lines) throws IOException {
        // "add" so that "delete" cannot fail; it is one transaction, so no packet sees the state in between
        String text = "add table %1$s\ndelete table %1$s\n%2$s\n".formatted(qualified(), String.join("\n", lines));
        Command.runWithInput(text, NFT.path(), "-f", "-");
    }

    /// Removes the table. Without nft there is none.
    ///
    /// @return true if there was one
    boolean remove() throws IOException {
        if (!exists()) {
            return false;
        }
        Command.runWithInput("delete table %s\n".formatted(qualified()), NFT.path(), "-f", "-");
        return true;
    }

    /// True if there is the table.
    boolean exists() throws IOException {
        try {
            return !listed().isEmpty();
        } catch (Program.Missing e) {
            return false;
        }
    }

    private List<String> listed() throws IOException {
        Command.Result result = Command.attempt("", NFT.path(), "list", "table", "inet", names.isolationTable());
        return result.exitCode() == 0
                ? result.output()
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList()
                : List.of();
    }

    private String qualified() {
        return "inet " + names.isolationTable();
    }

    /// The table, line by line, as nft lists it.
    List<String> text(Isolation wanted, boolean fib) {
        List<String> lines = new ArrayList<>(List.of("table " + qualified() + " {", "chain forward {", HOOK));
        for (Family family : Family.values()) {
            Cidr own = wanted.networks().get(family);
            if (own != null) {
                rules(wanted, family, own, fib, lines);
            }
        }
        lines.addAll(List.of("}", "}"));
        return List.copyOf(lines);
    }

    private static void rules(Isolation wanted, Family family, Cidr own, boolean fib, List<String> lines) {
        String words = NftText.family(family);
        String source = words + " saddr ";
        String destination = words + " daddr ";
        for (Isolation.Other other : wanted.others()) {
            Cidr theirs = other.networks().get(family);
            if (theirs != null) {
                lines.add(source + own + " " + destination + theirs + " drop");
                lines.add(source + theirs + " " + destination + own + " drop");
            }
            new TreeSet<>(other.devices())
                    .forEach(device -> lines.add("iifname \"" + device + "\" " + destination + own + " drop"));
        }
        Cidr local = wanted.subnets().get(family);
        if (local == null || wanted.others().isEmpty()) {
            return;
        }
        if (fib) {
            lines.add(source + local + " " + destination + own + " fib saddr . iif oif missing drop");
        }
        if (!wanted.arrivals().isEmpty()) {
            StringBuilder elsewhere = new StringBuilder();
            new TreeSet<>(wanted.arrivals()).forEach(device -> elsewhere.append("iifname != \"" + device + "\" "));
            lines.add(elsewhere + source + own + " " + source + "!= " + local + " " + destination + own + " drop");
        }
    }

    @Override
    public Set<String> tables() {
        return Set.of(names.isolationTable());
    }

    @Override
    public boolean reported() {
        return true;
    }

    @Override
    public String words() {
        return "isolation from the other networks of this host";
    }
}
