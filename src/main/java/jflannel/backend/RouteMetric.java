package jflannel.backend;

import java.nio.ByteBuffer;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// The metric of a route that carries the tunnel's end.
final class RouteMetric {
    private RouteMetric() {}

    /// The number of the subnet, because one metric for all would be slow. The kernel hashes the next hops of IPv4
    /// routes by a few properties, of which only the metric differs between these (fib_info_hash_bucket in
    /// net/ipv4/fib_semantics.c): with one for all, each new route is compared with all others, and 50,000 of them
    /// take minutes. There is one such route to a subnet, so its metric decides nothing else.
    static int of(Cidr subnet) {
        return subnet.family() == Family.IPV4
                ? ByteBuffer.wrap(subnet.address().bytes()).getInt()
                        >>> subnet.family().bits() - subnet.length()
                : 0;
    }
}
