/// What people who run flannel have met, played on hosts in namespaces of this machine: an interface that comes
/// late, a virtual address that stands first, a firewall that is restored from a dump. Each report is a row of a
/// table: how the host is set up, and what is expected then. A [Field] has the hosts and the store; rows are
/// [FieldRow].
package jflannel.field;
