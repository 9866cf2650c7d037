/// Leases in the Kubernetes API: a node's subnet is the podCIDR that Kubernetes gave it, and what the node announces
/// are annotations of its Node object. [KubeLeases] is the store; [NodeWatch] follows all nodes, [OwnNode] keeps this
/// one's annotations and condition.
///
/// Of the client library only the reader of kubeconfig files is used. Nodes are read by [NodeReader], which keeps a
/// few hundred bytes of each.
package jflannel.kube;
