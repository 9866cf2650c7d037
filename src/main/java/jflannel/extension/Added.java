package jflannel.extension;

import java.util.Map;
import jflannel.extension.Wanted.Peer;

/// A peer for which the command to add it was run, or is about to be.
///
/// @param remove the command that undoes it, as it was configured then
/// @param round which start of the node it was added after; another one may have undone it
record Added(Peer peer, String add, String remove, int round) {
    /// The round of what an earlier process added.
    static final int FORMER = -1;
    /// The round of what is yet to be added.
    static final int PENDING = -2;

    Added in(int other) {
        return new Added(peer, add, remove, other);
    }

    boolean suits(Peer wanted, Commands commands) {
        return peer.equals(wanted) && add.equals(commands.add()) && remove.equals(commands.remove());
    }

    Task adding() {
        return new Task(add, peer.variables(), peer.input());
    }

    Task removing() {
        return new Task(remove, peer.variables(), peer.input());
    }

    Map<String, Object> json() {
        return Map.of("variables", peer.variables(), "input", peer.input(), "add", add, "remove", remove);
    }

    /// @throws RuntimeException if it is something else
    @SuppressWarnings("unchecked")
    static Added of(Object json) {
        Map<String, Object> fields = (Map<String, Object>) json;
        Map<String, String> variables = (Map<String, String>) fields.get("variables");
        variables.values().forEach(String::length); // each is a string
        return new Added(
                new Peer(variables, (String) fields.get("input")),
                (String) fields.get("add"),
                (String) fields.get("remove"),
                FORMER);
    }
}
