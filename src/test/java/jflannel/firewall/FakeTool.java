package jflannel.firewall;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.names.Names;

/// Rules that are nowhere; the first check changes them.
final class FakeTool implements RuleTool {
    final Family family;
    int checks;
    boolean reported = true;
    boolean removed;
    IOException failure;

    FakeTool(Family family) {
        this.family = family;
    }

    @Override
    public Family family() {
        return family;
    }

    @Override
    public boolean keep(Map<OwnChain, List<Rule>> wanted) throws IOException {
        checks++;
        if (failure != null) {
            throw failure;
        }
        return checks == 1;
    }

    @Override
    public String program() {
        return "fake";
    }

    @Override
    public List<String> places(Map<OwnChain, List<Rule>> wanted) {
        return List.of("ours");
    }

    @Override
    public List<String> lacking(Map<OwnChain, List<Rule>> wanted, boolean exactly) {
        return List.of();
    }

    @Override
    public boolean exists() {
        return !removed;
    }

    @Override
    public boolean remove() throws IOException {
        if (failure != null) {
            throw failure;
        }
        removed = true;
        return true;
    }

    @Override
    public boolean sameRulesAs(RuleTool other) {
        return false;
    }

    @Override
    public Set<String> tables() {
        return Set.of("ours");
    }

    @Override
    public Set<Names> networks() {
        return Set.of();
    }

    @Override
    public boolean reported() {
        return reported;
    }

    @Override
    public String words() {
        return "fake rules";
    }
}
