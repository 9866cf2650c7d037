package jflannel.status;

import java.time.Instant;
import java.util.List;

/// This node's route in the cloud's tables, as the cloud reported it last.
///
/// @param node the node in the cloud's words: `eni-1`
/// @param tables in words, with how full each is: `rtb-1: 17 of 500 routes`
/// @param inPlace true if each of the tables leads the node's subnets to it
/// @param checked when the cloud was last asked
public record CloudRouteState(String node, List<String> tables, boolean inPlace, Instant checked) {
    public CloudRouteState {
        tables = List.copyOf(tables);
    }
}
