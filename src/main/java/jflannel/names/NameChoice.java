package jflannel.names;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.linux.AtomicFile;

/// Chooses the name that this daemon's network has on this host.
///
/// The first daemon in a network namespace has the default names. A later one, whose leases are elsewhere, has names
/// derived from that place, and keeps them even if the first one is gone when it is restarted. A network whose leases
/// are in the default place has the default names whenever possible.
public final class NameChoice {
    private static final System.Logger LOG = System.getLogger(NameChoice.class.getName());
    private static final String DEFAULT_WORD = "default";

    private final Claims claims;
    private final Request request;
    private final Path sharedState;
    private final Supplier<List<Owner>> goFlannels;

    /// What the choice depends on.
    ///
    /// @param names what the operator asks for (`--network-name`); empty for what is free
    /// @param place where the leases are, as [Claims] has it
    /// @param usual true if that is the default
    /// @param subnetFile of `--subnet-file`
    /// @param stateFile of `--state-file`; null for none
    public record Request(Optional<Names> names, String place, boolean usual, Path subnetFile, Path stateFile) {}

    /// The result.
    public sealed interface Outcome {
        /// @param former names that this network had before and that nobody has now: what has them may be removed
        record Chosen(Names names, Optional<Names> former) implements Outcome {}

        /// @param why another daemon is in the way, and what to do; trying again helps once that one has ended
        record Busy(String why) implements Outcome {}
    }

    public NameChoice(Claims claims, Request request) {
        this(claims, request, Path.of(DaemonFiles.STATE), NameChoice::lookForGo);
    }

    /// @param sharedState a state file of which each network has a variant
    NameChoice(Claims claims, Request request, Path sharedState, Supplier<List<Owner>> goFlannels) {
        this.sharedState = sharedState;
        this.claims = claims;
        this.request = request;
        this.goFlannels = goFlannels;
    }

    private static List<Owner> lookForGo() {
        try {
            return RunningFlanneld.ofGo().stream().map(RunningFlanneld::owner).toList();
        } catch (IOException e) {
            LOG.log(DEBUG, "cannot look for Go flannel among the processes", e);
            return List.of();
        }
    }

    /// Chooses, claims what was chosen, and notes it for the next start.
    public Outcome choose() {
        List<Owner> go = goFlannels.get();
        Optional<String> obstacle = sameNetwork(go).or(this::sameFile);
        if (obstacle.isPresent()) {
            return new Outcome.Busy(obstacle.get());
        }
        Optional<Names> before = remembered();
        Optional<Owner> inTheWay = Optional.empty();
        for (Names candidate : candidates(before)) {
            inTheWay = ownerOf(candidate, go);
            if (inTheWay.isEmpty()) {
                remember(candidate);
                return new Outcome.Chosen(candidate, before.filter(former -> isLeft(former, candidate, go)));
            }
        }
        return new Outcome.Busy("the network name " + word(candidates(before).getLast()) + " belongs to "
                + inTheWay.orElseThrow() + ": give another --network-name");
    }

    private Optional<String> sameNetwork(List<Owner> go) {
        String place =
                request.place + request.names.map(names -> " " + word(names)).orElse("");
        return claims.take(Claims.Kind.PLACE, place)
                .or(() -> go.stream()
                        .filter(owner -> owner.place().equals(request.place))
                        .findFirst())
                .map(owner ->
                        owner + ", already runs here: stop it, or give this one a --network-name if its leases are"
                                + " in another store");
    }

    private Optional<String> sameFile() {
        Optional<String> subnetFile = claims.takeFile(request.subnetFile)
                .map(owner -> request.subnetFile + " is written by " + owner + ": give another --subnet-file");
        return request.stateFile == null || sharedState.equals(request.stateFile)
                ? subnetFile
                : subnetFile.or(() -> claims.takeFile(request.stateFile)
                        .map(owner -> request.stateFile + " is written by " + owner + ": give another --state-file"));
    }

    private List<Names> candidates(Optional<Names> before) {
        if (request.names.isPresent()) {
            return List.of(request.names.get());
        }
        Names derived = Names.derivedFrom(request.place);
        boolean hadIt = before.filter(derived::equals).isPresent()
                || sharedState.equals(request.stateFile) && Files.exists(DaemonFiles.of(sharedState, derived));
        return hadIt && !request.usual ? List.of(derived) : List.of(Names.DEFAULT, derived);
    }

    private Optional<Owner> ownerOf(Names names, List<Owner> go) {
        Optional<Owner> first = names.isDefault() ? go.stream().findFirst() : Optional.empty();
        return first.or(() -> claims.take(Claims.Kind.NAMES, word(names)));
    }

    private boolean isLeft(Names former, Names chosen, List<Owner> go) {
        return !former.equals(chosen) && ownerOf(former, go).isEmpty();
    }

    private Optional<Names> remembered() {
        return noted(request.subnetFile);
    }

    /// The names that the daemon of a subnet file noted.
    public static Optional<Names> noted(Path subnetFile) {
        try {
            return Optional.of(
                    parse(Files.readString(DaemonFiles.name(subnetFile)).strip()));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // none yet, or unreadable: the choice is free
        }
    }

    private void remember(Names names) {
        try {
            AtomicFile.replace(DaemonFiles.name(request.subnetFile), word(names) + "\n", AtomicFile.PUBLIC);
        } catch (IOException e) {
            LOG.log(DEBUG, "the network''s name is not noted", e); // nor can the subnet file be written, which is said
        }
    }

    /// @param word `default`, or the name of another network
    /// @throws IllegalArgumentException if it is no name
    public static Names parse(String word) {
        return word.equals(DEFAULT_WORD) ? Names.DEFAULT : new Names(word);
    }

    /// The inverse of [#parse].
    public static String word(Names names) {
        return names.isDefault() ? DEFAULT_WORD : names.network();
    }
}
