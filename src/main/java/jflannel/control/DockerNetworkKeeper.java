package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import jflannel.docker.Docker;
import jflannel.docker.UserNetwork;
import jflannel.lease.ConfigException;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Keeper;

/// Keeps a network of Docker's in step with this node's subnet. Docker may start after this daemon, or again at any
/// time, so that it does not answer is only worth mentioning after a while.
final class DockerNetworkKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DockerNetworkKeeper.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration RECHECK = Duration.ofMinutes(1);
    /// Docker takes up to a minute to start on a host with many containers.
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final String name;
    private final Docker docker = new Docker();
    private final Board board;
    private final Optional<Keeper<String>> keeper;
    private long answered = System.nanoTime();

    /// @param name of the network; empty for none
    DockerNetworkKeeper(String name, Board board) {
        this.name = name;
        this.board = board;
        this.keeper =
                name.isEmpty() ? Optional.empty() : Optional.of(new Keeper<>("docker-network", board, this::converge));
    }

    /// From now on the network should suit this text of subnet.env.
    void keep(String subnetFile) {
        keeper.ifPresent(it -> it.keep(subnetFile));
    }

    private Duration converge(String subnetFile) {
        try {
            Docker.Outcome outcome = docker.converge(UserNetwork.of(name, "subnet.env", subnetFile));
            answered = System.nanoTime();
            return show(outcome);
        } catch (IOException e) {
            if (System.nanoTime() - answered > PATIENCE.toNanos()) {
                board.raise(Condition.DOCKER_NETWORK, e.getMessage());
            } else {
                LOG.log(Level.DEBUG, "the Docker network has to wait", e);
            }
            return RETRY;
        } catch (ConfigException e) {
            board.raise(Condition.DOCKER_NETWORK, e.getMessage());
            return RECHECK;
        }
    }

    private Duration show(Docker.Outcome outcome) {
        switch (outcome) {
            case Docker.Outcome.AsWished() -> board.clear(Condition.DOCKER_NETWORK);
            case Docker.Outcome.Made(String words) -> {
                LOG.log(Level.INFO, words);
                board.clear(Condition.DOCKER_NETWORK);
            }
            case Docker.Outcome.Blocked(String why) -> {
                board.raise(Condition.DOCKER_NETWORK, why);
                return RETRY;
            }
        }
        return RECHECK;
    }

    @Override
    public void close() {
        keeper.ifPresent(Keeper::close);
    }
}
