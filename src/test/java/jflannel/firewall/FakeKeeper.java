package jflannel.firewall;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;

/// Rules that are nowhere; the first check changes them.
final class FakeKeeper implements RuleKeeper {
    final Family family;
    int checks;
    boolean reported = true;
    boolean removed;
    IOException failure;

    FakeKeeper(Family family) {
        this.family = family;
    }

    @Override
    public Family family() {
        return family;
    }

    @Override
    public boolean keep(Map<Purpose, List<Rule>> wanted) throws IOException {
        checks++;
        if (failure != null) {
            throw failure;
        }
        return checks == 1;
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
    public boolean sameRulesAs(RuleKeeper other) {
        return false;
    }

    @Override
    public boolean livesIn(String nftTable) {
        return nftTable.equals("ours");
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
