package jflannel.policy;

import static jflannel.policy.Transport.SCTP;
import static jflannel.policy.Transport.TCP;
import static jflannel.policy.Transport.UDP;

import java.util.ArrayList;
import java.util.List;

/// Policies, and in one line which of all connections they leave. The cases are those of the suites that test network
/// plugins, and the examples of the Kubernetes documentation, with labels of our own: pods are `x/a` to `z/c`, with the
/// label `pod`, in namespaces with the label `ns`.
record TruthTable(String name, List<Policy> policies, Truth truth) {
    /// @param from a pod as in `x/a`
    @FunctionalInterface
    interface Truth {
        boolean holds(String from, String to, Transport transport, int port);
    }

    private static final String IN_X = "{'podSelector':{},'policyTypes':['Ingress'],'ingress':[%s]}";
    private static final String OUT_OF_X = "{'podSelector':{},'policyTypes':['Egress'],'egress':[%s]}";
    private static final String DENY_IN = IN_X.formatted("");
    private static final String POD = "{'podSelector':{'matchLabels':{'pod':'%s'}}}";
    private static final String NAMESPACE = "{'namespaceSelector':{'matchLabels':{'ns':'%s'}}}";

    static final List<TruthTable> ALL = List.of(
            table("no policy", (_, _, _, _) -> true),
            table("nobody may enter", (from, to, _, _) -> !to.startsWith("x"), DENY_IN),
            table("nobody may leave", (from, _, _, _) -> !from.startsWith("x"), OUT_OF_X.formatted("")),
            table(
                    "neither in nor out",
                    (from, to, _, _) -> !from.startsWith("x") && !to.startsWith("x"),
                    "{'podSelector':{},'policyTypes':['Ingress','Egress']}"),
            table("an empty rule allows everything again", (_, _, _, _) -> true, DENY_IN, IN_X.formatted("{}")),
            table(
                    "one pod is selected",
                    (_, to, _, _) -> !to.equals("x/b"),
                    "{'podSelector':{'matchLabels':{'pod':'b'}},'ingress':[]}"),
            table(
                    "a pod of the own namespace",
                    (from, to, _, _) -> !to.startsWith("x") || from.equals("x/b"),
                    IN_X.formatted("{'from':[" + POD.formatted("b") + "]}")),
            table(
                    "all pods of another namespace",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("y") + "]}")),
            table(
                    "pods and namespace in one peer must both match",
                    (from, to, _, _) -> !to.startsWith("x") || from.equals("y/a"),
                    IN_X.formatted(
                            "{'from':[{'namespaceSelector':{'matchLabels':{'ns':'y'}},'podSelector':{'matchLabels':{'pod':'a'}}}]}")),
            table(
                    "in two peers one of them is enough",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y") || from.equals("x/a"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("y") + "," + POD.formatted("a") + "]}")),
            table(
                    "pods of all namespaces",
                    (from, to, _, _) -> !to.startsWith("x") || from.endsWith("/c"),
                    IN_X.formatted("{'from':[{'namespaceSelector':{},'podSelector':{'matchLabels':{'pod':'c'}}}]}")),
            table(
                    "expressions about namespaces and pods",
                    (from, to, _, _) -> !to.startsWith("x") || !from.startsWith("y") && !from.endsWith("/c"),
                    IN_X.formatted(
                            "{'from':[{'namespaceSelector':{'matchExpressions':[{'key':'ns','operator':'NotIn','values':['y']}]},"
                                    + "'podSelector':{'matchExpressions':[{'key':'pod','operator':'In','values':['a','b']}]}}]}")),
            table(
                    "labels that exist, or do not",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("z"),
                    IN_X.formatted(
                            "{'from':[{'namespaceSelector':{'matchExpressions':[{'key':'ns','operator':'Exists'},"
                                    + "{'key':'ns','operator':'In','values':['z']},{'key':'dog','operator':'DoesNotExist'}]}}]}")),
            table(
                    "a port of the default protocol",
                    (_, to, transport, port) -> !to.startsWith("x") || transport == TCP && port == 81,
                    IN_X.formatted("{'ports':[{'port':81}]}")),
            table(
                    "ports of other protocols",
                    (_, to, transport, port) ->
                            !to.startsWith("x") || transport == UDP && port == 80 || transport == SCTP && port == 81,
                    IN_X.formatted("{'ports':[{'protocol':'UDP','port':80},{'protocol':'SCTP','port':81}]}")),
            table(
                    "a whole protocol",
                    (_, to, transport, _) -> !to.startsWith("x") || transport == UDP,
                    IN_X.formatted("{'ports':[{'protocol':'UDP'}]}")),
            table(
                    "a range of ports",
                    (_, to, transport, port) -> !to.startsWith("x") || transport == TCP && port == 80,
                    IN_X.formatted("{'ports':[{'port':70,'endPort':80}]}")),
            table(
                    "a name is another port to each pod",
                    (_, to, transport, port) ->
                            !to.startsWith("x") || transport == TCP && port == (to.endsWith("a") ? 80 : 81),
                    IN_X.formatted("{'ports':[{'port':'web'}]}")),
            table(
                    "a name on the way out means what the receiver declares",
                    (from, to, transport, port) -> !from.startsWith("x") || transport == SCTP && port == 81,
                    OUT_OF_X.formatted("{'ports':[{'protocol':'SCTP','port':'calls'}]}")),
            table(
                    "peers and ports of a rule must both match, rules add to each other",
                    (from, to, transport, port) -> !to.startsWith("x")
                            || from.startsWith("y") && transport == TCP && port == 80
                            || from.startsWith("z") && transport == UDP && port == 81,
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("y") + "],'ports':[{'port':80}]},{'from':["
                            + NAMESPACE.formatted("z") + "],'ports':[{'protocol':'UDP','port':81}]}")),
            table(
                    "policies add to each other",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y") || from.startsWith("z"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("y") + "]}"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("z") + "]}")),
            table(
                    "a block with an exception, pods among it",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y") && !from.equals("y/b"),
                    IN_X.formatted(
                            "{'from':[{'ipBlock':{'cidr':'10.1.0.32/28','except':['" + address("y/b") + "/32']}}]}")),
            table(
                    "out to one namespace at one port",
                    (from, to, transport, port) ->
                            !from.startsWith("x") || to.startsWith("y") && transport == TCP && port == 80,
                    OUT_OF_X.formatted("{'to':[" + NAMESPACE.formatted("y") + "],'ports':[{'port':80}]}")),
            table(
                    "the documentation's example: a block, a namespace or a pod at a port, and out to another block",
                    (from, to, transport, port) -> (!to.equals("x/a")
                                    || transport == TCP
                                            && port == 80
                                            && (from.startsWith("y") || from.startsWith("z") || from.equals("x/c")))
                            && (!from.equals("x/a") || to.startsWith("z") && transport == TCP && port == 81),
                    "{'podSelector':{'matchLabels':{'pod':'a'}},'policyTypes':['Ingress','Egress'],'ingress':[{'from':["
                            + "{'ipBlock':{'cidr':'10.1.0.0/24','except':['10.1.0.16/28']}}," + NAMESPACE.formatted("z")
                            + ","
                            + POD.formatted("c") + "],'ports':[{'protocol':'TCP','port':80}]}],'egress':[{'to':["
                            + "{'ipBlock':{'cidr':'10.1.0.48/28'}}],'ports':[{'protocol':'TCP','port':81}]}]}"),
            table(
                    "an administrator refuses whatever a namespace allows",
                    (from, to, _, _) -> !to.startsWith("x") || !from.startsWith("y"),
                    IN_X.formatted("{}"),
                    admin("Admin", 5, "Deny", "y")),
            table(
                    "an administrator allows whatever a namespace refuses",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y"),
                    DENY_IN,
                    admin("Admin", 5, "Accept", "y")),
            table(
                    "what is passed on is the namespace's to decide, and the lower priority number comes first",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("z"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("z") + "]}"),
                    admin("Admin", 9, "Deny", "z"),
                    admin("Admin", 8, "Pass", "z")),
            table(
                    "a baseline counts where no policy selects the pod",
                    (from, to, _, _) -> !to.startsWith("x") || !from.startsWith("y"),
                    admin("Baseline", 5, "Deny", "y")),
            table(
                    "a baseline does not count where one does",
                    (from, to, _, _) -> !to.startsWith("x") || from.startsWith("y"),
                    IN_X.formatted("{'from':[" + NAMESPACE.formatted("y") + "]}"),
                    admin("Baseline", 5, "Deny", "y"),
                    admin("Baseline", 6, "Accept", "z")));

    static String address(String pod) {
        int namespace = "xyz".indexOf(pod.charAt(0)) + 1;
        return "10.1.0." + (16 * namespace + "abc".indexOf(pod.charAt(2)) + 1);
    }

    private static String admin(String tier, int priority, String action, String namespace) {
        return "{'tier':'%s','priority':%d,'subject':{'namespaces':{'matchLabels':{'ns':'x'}}},'ingress':[{'action':'%s','from':[{'namespaces':{'matchLabels':{'ns':'%s'}}}]}]}"
                .formatted(tier, priority, action, namespace);
    }

    /// @param specs of policies in the namespace x, or for the cluster if they have a tier
    private static TruthTable table(String name, Truth truth, String... specs) {
        List<Policy> policies = new ArrayList<>();
        for (String spec : specs) {
            String json = spec.replace('\'', '"');
            String object = "\"metadata\":{\"name\":\"p" + policies.size() + "\"},\"spec\":" + json + "}";
            try {
                policies.add(
                        spec.contains("'tier'")
                                ? ClusterPolicyReader.object("{\"kind\":\"ClusterNetworkPolicy\"," + object)
                                        .policy()
                                : PolicyReader.object("{" + object, "x"));
            } catch (PolicyException e) {
                throw new AssertionError(name + ": " + json, e);
            }
        }
        return new TruthTable(name, policies, truth);
    }
}
