package jflannel.cloud;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import jflannel.lease.BackendType;
import jflannel.status.Board;
import jflannel.status.Condition;

/// A node's keeper of cloud routes, whose looks a test takes one by one.
public final class CloudNode implements AutoCloseable {
    private final CloudRouteKeeper keeper;
    private final Board board = new Board();
    private DesiredCloudRoutes wanted;

    /// How to open the cloud.
    public interface Opening {
        CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException;
    }

    /// @param seed of what is random
    public CloudNode(DesiredCloudRoutes wanted, Clock clock, int seed, Opening opening) {
        this(wanted, clock, seed, opening, null);
    }

    /// @param memory file of what is in the cloud's table
    public CloudNode(DesiredCloudRoutes wanted, Clock clock, int seed, Opening opening, Path memory) {
        this.wanted = wanted;
        CloudProvider provider = new CloudProvider() {
            @Override
            public BackendType backend() {
                return wanted.network().type();
            }

            @Override
            public CloudRoutes open(DesiredCloudRoutes now) throws CloudException, InterruptedException {
                return opening.open(now);
            }
        };
        this.keeper = new CloudRouteKeeper(
                new CloudMemory(memory, _ -> opening == null ? Optional.empty() : Optional.of(provider)),
                board,
                new SplittableRandom(seed),
                clock);
    }

    public void others(OtherNodes nodes) {
        keeper.others(nodes);
    }

    /// From now on something else is wanted.
    public void want(DesiredCloudRoutes other) {
        wanted = other;
    }

    /// @return how long the keeper rests
    public Duration look() {
        return keeper.converge(wanted);
    }

    public Board board() {
        return board;
    }

    /// What is wrong, worst first.
    public List<Condition> conditions() {
        return board.findings().stream().map(finding -> finding.condition()).toList();
    }

    public String detail(Condition condition) {
        return board.findings().stream()
                .filter(finding -> finding.condition() == condition)
                .findFirst()
                .map(finding -> finding.detail())
                .orElse("");
    }

    @Override
    public void close() {
        keeper.close();
    }
}
