/// Who holds which subnet: [Lease] and [Peers], the network's configuration, and what a [LeaseStore] must do. Also the
/// file from which this node's container runtimes learn their subnet ([SubnetFile]).
///
/// Knows neither a store nor a backend. What others wrote is read strictly here, and one bad record never spoils
/// others.
package jflannel.lease;
