package jflannel.lab.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import jflannel.lab.LabNode;
import jflannel.lab.kube.KubeApi;

/// A large cluster's pods and policies, for two real pods to live among.
final class PolicyLoad {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PODS = 5_000;
    private static final int APPS = 100;
    private static final int PODS_OF_A_NODE = 200;
    private static final int FIRST_OTHER_NODE = 10;
    private static final String ENFORCED = "nft list set inet flannel-policy isolated-%s4";

    private PolicyLoad() {}

    /// Adds 5,000 pods, the measured ones, and policies that select the latter. Each policy lets some of the
    /// pods connect to a port, and a block of addresses to all; the last one lets the measured ones connect to
    /// each other.
    static void put(KubeApi api, int policies) {
        api.apply("namespaces", json("{'metadata':{'name':'bench','labels':{}}}"));
        for (int i = 0; i < PODS; i++) {
            String address = "100.96.%d.%d".formatted(FIRST_OTHER_NODE + i / PODS_OF_A_NODE, 2 + i % PODS_OF_A_NODE);
            pod(api, "pod-" + i, "app-" + i % APPS, address);
        }
        pod(api, "client", "measured", "100.96.1.2");
        pod(api, "server", "measured", "100.96.2.3");
        for (int i = 1; i < policies; i++) {
            policy(api, i, """
                    [{'%%1$s':[{'podSelector':{'matchLabels':{'app':'app-%d'}}}],'ports':[{'port':%d}]},
                     {'%%1$s':[{'ipBlock':{'cidr':'10.%d.%d.0/24'}}]}]""".formatted(i % APPS, 10_000 + i, i / 256, i % 256));
        }
        if (policies > 0) {
            policy(api, policies, "[{'%1$s':[{'podSelector':{'matchLabels':{'app':'measured'}}}]}]");
        }
    }

    private static void pod(KubeApi api, String name, String app, String address) {
        api.apply("pods", json("""
                {'metadata':{'name':'%s','namespace':'bench','labels':{'app':'%s'}},'spec':{'containers':[]},
                 'status':{'phase':'Running','podIP':'%s'}}""".formatted(name, app, address)));
    }

    private static void policy(KubeApi api, int number, String rules) {
        api.apply("networkpolicies", json("""
                {'metadata':{'name':'policy-%d','namespace':'bench'},
                 'spec':{'podSelector':{'matchLabels':{'app':'measured'}},'policyTypes':['Ingress','Egress'],
                 'ingress':%s,'egress':%s}}""".formatted(number, rules.formatted("from"), rules.formatted("to"))));
    }

    private static ObjectNode json(String quoted) {
        try {
            return (ObjectNode) JSON.readTree(quoted.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(quoted, e);
        }
    }

    /// True if a node has isolated the measured pods, or has the tables if there are no policies.
    static boolean isEnforced(LabNode node, int policies) throws IOException {
        String address = node.number() == 1 ? "100.96.1.2" : "100.96.2.3";
        for (String direction : new String[] {"in", "out"}) {
            var set = node.host().attempt("sh", "-c", ENFORCED.formatted(direction));
            if (set.exitCode() != 0 || policies > 0 && !set.output().contains(address)) {
                return false;
            }
        }
        return true;
    }
}
