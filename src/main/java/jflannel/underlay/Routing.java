package jflannel.underlay;

import java.io.IOException;
import java.util.List;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Kernel;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.linux.KernelReply;

/// Route lookups in the kernel; see [Kernel].
interface Routing {
    /// Looks up where packets go.
    List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) throws IOException;

    /// Looks up which routes they take.
    List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) throws IOException;

    static Routing of(Kernel kernel) {
        return new Routing() {
            @Override
            public List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) throws IOException {
                return kernel.pathsOf(queries);
            }

            @Override
            public List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) throws IOException {
                return kernel.routesFor(queries);
            }
        };
    }
}
