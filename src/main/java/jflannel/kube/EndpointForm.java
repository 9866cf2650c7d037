package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;
import jflannel.policy.Endpoint;
import jflannel.policy.Inventory;
import jflannel.policy.Transport;

/// Reads what policies ask of a Pod out of its object, so that the rest of it costs no memory.
final class EndpointForm implements Resource.Form<EndpointForm.Pod> {
    static final Resource<Pod> PODS = new Resource<>("/api/v1/pods", "pods", EndpointForm::new);

    private final Map<String, String> labels = new TreeMap<>();
    private final List<Endpoint.NamedPort> ports = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();
    private boolean hostNetwork;
    private String phase = "";

    /// A pod.
    ///
    /// @param entry empty if policies do not concern it: it has the node's addresses, or it has ended and another
    ///     may have its address
    record Pod(String id, Optional<Inventory.Entry> entry) {}

    private EndpointForm() {}

    @Override
    public void take(String name, JsonStream value) throws IOException {
        switch (name) {
            case "metadata.labels" -> value.object(label -> labels.put(label, value.string()));
            case "spec" -> value.object(field -> spec(field, value));
            case "status" -> value.object(field -> status(field, value));
            default -> {}
        }
    }

    private void spec(String field, JsonStream value) throws IOException {
        switch (field) {
            case "hostNetwork" -> hostNetwork = Boolean.TRUE.equals(value.value());
            case "containers", "initContainers" ->
                value.array(() -> value.object(inner -> {
                    if (inner.equals("ports")) {
                        value.array(() -> port(value));
                    }
                }));
            default -> {}
        }
    }

    private void port(JsonStream value) throws IOException {
        Map<String, String> words = new HashMap<>();
        int[] number = {0};
        value.object(field -> {
            if (field.equals("containerPort")) {
                number[0] = value.integer();
            } else {
                words.put(field, value.string());
            }
        });
        String name = words.getOrDefault("name", "");
        if (name.isEmpty()) {
            return;
        }
        for (Transport transport : Transport.values()) {
            if (transport.name().equals(words.getOrDefault("protocol", "TCP"))) {
                ports.add(new Endpoint.NamedPort(name, transport, number[0]));
            }
        }
    }

    private void status(String field, JsonStream value) throws IOException {
        switch (field) {
            case "phase" -> phase = value.string();
            case "podIP" -> addresses.add(value.string());
            case "podIPs" ->
                value.array(() -> value.object(inner -> {
                    if (inner.equals("ip")) {
                        addresses.add(value.string());
                    }
                }));
            default -> {}
        }
    }

    @Override
    public Pod filled(Resource.Metadata metadata) {
        String id = metadata.namespace() + "/" + metadata.name();
        if (hostNetwork || phase.equals("Succeeded") || phase.equals("Failed")) {
            return new Pod(id, Optional.empty());
        }
        Endpoint endpoint = new Endpoint(
                metadata.namespace(), metadata.name(), Map.copyOf(labels), addresses(), List.copyOf(ports));
        return new Pod(id, Optional.of(new Inventory.Entry(endpoint, metadata.created())));
    }

    /// What is no address counts as missing.
    private List<Cidr> addresses() {
        List<Cidr> read = new ArrayList<>();
        for (String word : addresses) {
            try {
                Cidr address = Cidr.host(Ip.parse(word));
                if (!read.contains(address)) {
                    read.add(address);
                }
            } catch (IllegalArgumentException e) {
                // as said
            }
        }
        return List.copyOf(read);
    }
}
