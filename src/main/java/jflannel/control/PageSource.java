package jflannel.control;

import java.util.Map;
import java.util.function.Consumer;
import jflannel.firewall.PeerFilter;
import jflannel.names.Names;
import jflannel.page.NodeSource;
import jflannel.page.PeerView;

/// What the status page learns from this agent.
record PageSource(Node node, ControlLoop loop, Names names) implements NodeSource {
    @Override
    public long passes() {
        return node.passes();
    }

    @Override
    public void request(Consumer<PeerView> then) {
        loop.post(new Trigger.PeersWanted(then));
    }

    @Override
    public Map<String, Long> filtered() {
        return PeerFilter.dropped(names);
    }
}
