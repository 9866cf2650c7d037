package jflannel.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// A JSON object and where it stands in the policy, for messages such as `spec.ingress[0].ports[1].port: ...`.
record Fields(String path, Map<?, ?> values) {
    /// A whole object of Kubernetes, as `kubectl get -o json` prints it.
    static Fields document(String json) throws PolicyException {
        Fields object;
        try {
            object = of("", Json.object(json));
        } catch (JsonException e) {
            throw new PolicyException(e.getMessage());
        }
        object.checkNames("apiVersion", "kind", "metadata", "spec", "status");
        return object;
    }

    /// The `metadata` of such an object.
    Fields metadata() throws PolicyException {
        return object("metadata").orElseThrow(() -> wrong("metadata", "it is missing"));
    }

    static Fields of(String path, Object value) throws PolicyException {
        if (value instanceof Map<?, ?> values) {
            return new Fields(path, values);
        }
        throw new PolicyException(path + ": an object was expected");
    }

    /// A misspelt field would make the policy mean something else, so what is unknown is refused.
    void checkNames(String... known) throws PolicyException {
        TreeSet<String> unknown = new TreeSet<>();
        values.keySet().forEach(key -> unknown.add(String.valueOf(key)));
        unknown.removeAll(List.of(known));
        if (!unknown.isEmpty()) {
            throw new PolicyException(at(unknown.first()) + ": there is no such field here");
        }
    }

    /// Absent and null are the same.
    boolean has(String name) {
        return values.get(name) != null;
    }

    Optional<Fields> object(String name) throws PolicyException {
        return has(name) ? Optional.of(of(at(name), values.get(name))) : Optional.empty();
    }

    List<Fields> objects(String name) throws PolicyException {
        List<Fields> objects = new ArrayList<>();
        List<?> list = list(name);
        for (int i = 0; i < list.size(); i++) {
            objects.add(of(at(name) + "[" + i + "]", list.get(i)));
        }
        return objects;
    }

    List<String> strings(String name) throws PolicyException {
        List<String> strings = new ArrayList<>();
        for (Object element : list(name)) {
            if (!(element instanceof String string)) {
                throw wrong(name, "strings were expected");
            }
            strings.add(string);
        }
        return strings;
    }

    private List<?> list(String name) throws PolicyException {
        if (!has(name)) {
            return List.of();
        }
        if (values.get(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(name, "a list was expected");
    }

    Optional<String> string(String name) throws PolicyException {
        if (!has(name)) {
            return Optional.empty();
        }
        if (values.get(name) instanceof String string) {
            return Optional.of(string);
        }
        throw wrong(name, "a string was expected");
    }

    boolean isNumber(String name) {
        return values.get(name) instanceof Json.Number;
    }

    /// A number of a port.
    int port(String name) throws PolicyException {
        return integer(name, 1, PortMatch.LAST);
    }

    int integer(String name, int least, int most) throws PolicyException {
        if (values.get(name) instanceof Json.Number(String text) && text.matches("[0-9]{1,5}")) {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong(name, "a number from %d to %d was expected".formatted(least, most));
    }

    Cidr cidr(String name, String word) throws PolicyException {
        try {
            return Cidr.parse(word);
        } catch (IllegalArgumentException e) {
            throw wrong(name, "a block of addresses such as 10.0.0.0/8 was expected");
        }
    }

    /// TCP if it is missing.
    Transport transport(String name) throws PolicyException {
        return switch (string(name).orElse("TCP")) {
            case "TCP" -> Transport.TCP;
            case "UDP" -> Transport.UDP;
            case "SCTP" -> Transport.SCTP;
            default -> throw wrong(name, "TCP, UDP or SCTP was expected");
        };
    }

    PolicyException wrong(String name, String fault) {
        return new PolicyException(at(name) + ": " + fault);
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
