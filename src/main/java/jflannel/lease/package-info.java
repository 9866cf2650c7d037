/// Who holds which subnet: [Lease] and [Peers], the network's configuration, and the contract of a [LeaseStore].
/// Also the file that tells this node's container runtimes their subnet ([SubnetFile]).
///
/// Knows neither a store nor a backend. Untrusted input is parsed strictly here, and one bad record never affects
/// others.
package jflannel.lease;
