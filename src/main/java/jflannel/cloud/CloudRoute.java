package jflannel.cloud;

import jflannel.ip.Cidr;

/// A route in a cloud's route table, to a destination within the pods' networks.
///
/// @param table the table's name in the cloud
/// @param name of the route, where routes have one; else empty
/// @param target where it leads, in the cloud's words: an interface, an instance, an address
/// @param state whether packets take it
/// @param here true if it leads to this node
public record CloudRoute(String table, Cidr destination, String name, String target, State state, boolean here) {
    public enum State {
        /// Packets take it.
        ACTIVE,
        /// Its target is gone or does not run: packets that take it are lost.
        DEAD,
        /// It is somebody else's, and never touched. One to the same destination as ours is listed only if it wins over
        /// ours, or ties.
        FOREIGN
    }

    /// For the log: `10.5.1.0/24 in rtb-1`.
    public String words() {
        return destination + " in " + table;
    }

    /// By what flannel's routes are known in clouds whose routes have a name or a description: `flannel-10-5-2-0-24`.
    public static String mark(Cidr destination) {
        return "flannel-" + destination.toString().replaceAll("[.:/]", "-");
    }
}
