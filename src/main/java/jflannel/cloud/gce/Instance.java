package jflannel.cloud.gce;

import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// This virtual machine.
///
/// @param project its ID
/// @param zone without what comes before it: `europe-west1-b`
/// @param host the project that the network belongs to, with a Shared VPC another one
/// @param network the name of the network that its interface is in
/// @param addresses of that interface
record Instance(String project, String zone, String name, String host, String network, Map<Family, String> addresses) {
    /// As the API calls it, from the project on.
    String path() {
        return "projects/%s/zones/%s/instances/%s".formatted(project, zone, name);
    }

    /// The field of a route that says where it leads, and its value. A route to an instance must be in the instance's
    /// project; one of another project leads to the address.
    Map.Entry<String, String> hop(Cidr destination) {
        return host.equals(project)
                ? Map.entry("nextHopInstance", path())
                : Map.entry("nextHopIp", addresses.getOrDefault(destination.family(), ""));
    }
}
