package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverridingRoutesTest {
    private static final Route IPV4 = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("10.5.2.0"), 4, true);
    private static final Route IPV6 = Route.via(Cidr.parse("fd00:5:2::/64"), Ip.parse("fd00:5:2::"), 4, true);

    private static Set<Route> overriding(KernelObject... present) {
        return OverridingRoutes.among(
                List.of(present), object -> object instanceof Route route && route.ifIndex() == 4, List.of(IPV4, IPV6));
    }

    private static Route foreign(String destination, int metric, int type) {
        return new Route(Cidr.parse(destination), null, type == Route.UNICAST ? 2 : 0, false, 4, metric, type);
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            destination,    metric,     type, wins
            10.5.2.0/25,    0,          1,    true
            10.5.2.0/25,    100,        7,    true
            10.5.2.7/32,    0,          6,    true
            10.5.2.0/24,    100,        1,    false
            10.5.0.0/16,    0,          1,    false
            10.5.3.0/25,    0,          1,    false
            fd00:5:2::/64,  512,        1,    true
            fd00:5:2::/64,  1024,       1,    false
            fd00:5:2::/64,  4294967295, 1,    false
            fd00:5:2:0:8000::/65, 2048, 1,    true
            """)
    void aForeignRouteWinsByItsLengthOrItsMetric(String destination, long metric, int type, boolean wins) {
        Route route = foreign(destination, (int) metric, type);
        assertThat(overriding(IPV4, IPV6, route)).isEqualTo(wins ? Set.of(route) : Set.of());
    }

    @Test
    void routesOfAnotherTableDoNotCompete() {
        assertThat(overriding(foreign("10.5.2.0/25", 0, 1).inTable(100))).isEmpty();
    }

    @Test
    void whatIsDeletedAnywayWinsNothing() {
        assertThat(overriding(Route.through(Cidr.parse("10.5.2.0/25"), 4))).isEmpty();
    }

    @Test
    void aDesiredRouteWinsOverNoOther() {
        Route network = Route.through(Cidr.parse("10.5.0.0/16"), 4);
        assertThat(OverridingRoutes.among(List.of(network, IPV4), _ -> false, List.of(network, IPV4)))
                .isEmpty();
    }
}
