/// Leases in the Kubernetes API: a node's subnet is the podCIDR that Kubernetes assigned, and its announcement is
/// annotations of its Node object. [KubeLeases] is the store; [NodeWatch] follows all nodes, and [OwnNode]
/// maintains this node's annotations and condition.
///
/// [NodeForm] keeps only a few hundred bytes of each Node.
package jflannel.kube;
