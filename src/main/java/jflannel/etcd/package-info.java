/// The lease store in etcd: subnets are keys attached to etcd leases, and a watch reports those of other nodes.
/// Keys and values have Go flannel's format, so that both can share a cluster.
///
/// Knows no backend. The only package that uses gRPC.
package jflannel.etcd;
