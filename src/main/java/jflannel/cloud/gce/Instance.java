package jflannel.cloud.gce;

/// This virtual machine.
///
/// @param project its ID
/// @param zone without what comes before it: `europe-west1-b`
/// @param network the name of the network that its interface is in
record Instance(String project, String zone, String name, String network) {
    /// As the API calls it, from the project on.
    String path() {
        return "projects/%s/zones/%s/instances/%s".formatted(project, zone, name);
    }
}
