package jflannel.policy;

import java.util.List;
import java.util.Map;
import jflannel.ip.Ip;

/// What policies ask of a node.
public record ClusterNode(String name, Map<String, String> labels, List<Ip> addresses) {}
