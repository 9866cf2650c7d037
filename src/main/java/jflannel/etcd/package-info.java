/// The lease store in etcd: subnets are keys that live as long as an etcd lease, and a watch reports other nodes'.
/// Layout and values are those of Go flannel, so that both can share a cluster.
///
/// Knows no backend. The only package that speaks gRPC.
package jflannel.etcd;
