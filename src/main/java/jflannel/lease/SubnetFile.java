package jflannel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.AtomicFile;

/// The file that tells container runtimes and the CNI plugin this node's subnet, `/run/flannel/subnet.env`:
///
/// ```
/// FLANNEL_NETWORK=10.244.0.0/16
/// FLANNEL_SUBNET=10.244.1.1/24
/// FLANNEL_IPV6_NETWORK=fd00:10:244::/56
/// FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
/// FLANNEL_MTU=1450
/// FLANNEL_IPMASQ=true
/// ```
///
/// The subnets contain the address for the pod bridge. After a restart, the file shows which subnets this node had.
/// It is replaced atomically, so readers never see half a file.
public final class SubnetFile {
    private static final System.Logger LOG = System.getLogger(SubnetFile.class.getName());

    private final Path path;

    public SubnetFile(Path path) {
        this.path = path.toAbsolutePath();
    }

    /// The file's text for this node, byte for byte as Go flannel writes it.
    ///
    /// @param mtu the largest packet a pod may send, in bytes
    /// @param masquerade flanneld hides pod addresses itself, so that the container runtime must not
    public static String text(NetworkConfig network, Lease own, int mtu, boolean masquerade) {
        StringBuilder text = new StringBuilder();
        for (Family family : Family.values()) {
            Optional<Cidr> subnet = own.subnet(family).map(LeasedSubnet::cidr);
            if (network.pool(family).isPresent() && subnet.isPresent()) {
                Ip bridge = subnet.get().address().plus(1);
                text.append(variable(family, "NETWORK"))
                        .append('=')
                        .append(network.network(family))
                        .append('\n')
                        .append(variable(family, "SUBNET"))
                        .append('=')
                        .append(bridge)
                        .append('/')
                        .append(subnet.get().length())
                        .append('\n');
            }
        }
        return text.append("FLANNEL_MTU=%d\nFLANNEL_IPMASQ=%b\n".formatted(mtu, masquerade))
                .toString();
    }

    /// Removes the file.
    ///
    /// @return true if there was one
    /// @throws IOException if that fails, naming the path
    public boolean delete() throws IOException {
        try {
            return Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new IOException("%s cannot be removed: %s".formatted(path, FileFault.words(e)), e);
        }
    }

    /// True if the file contains exactly `text`, or does not exist if `text` is empty; somebody may have changed or
    /// removed it.
    public boolean isCurrent(String text) {
        try {
            if (text.isEmpty()) {
                return Files.notExists(path);
            }
            return Files.size(path) == text.getBytes(UTF_8).length && read().equals(text);
        } catch (IOException e) {
            return false;
        }
    }

    /// Replaces the file, and creates its directory if necessary. Readable by everyone, whatever the umask, because
    /// the CNI plugin and container runtimes may run as other users.
    ///
    /// @throws IOException if that fails, naming the path; the file is then unchanged
    public void write(String text) throws IOException {
        try {
            AtomicFile.replace(path, text, AtomicFile.PUBLIC);
        } catch (IOException e) {
            throw new IOException("%s cannot be written: %s".formatted(path, FileFault.words(e)), e);
        }
    }

    /// The subnets this node had, at most one per family. Empty if there is no file, or it names none or several,
    /// so that it is unclear which one was used.
    public List<Cidr> previousSubnets() {
        try {
            return subnets(read());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    path + " cannot be read, so this node's former subnet is unknown: " + FileFault.words(e));
            return List.of();
        }
    }

    /// The subnets that such a file names, at most one per family; none of a family of which it names several.
    public static List<Cidr> subnets(String text) {
        Map<String, String> variables = EnvironmentFile.parse(text);
        List<Cidr> subnets = new ArrayList<>();
        for (Family family : Family.values()) {
            String value = variables.getOrDefault(variable(family, "SUBNET"), "");
            onlyOne(value, family).ifPresent(subnets::add);
        }
        return subnets;
    }

    private static Optional<Cidr> onlyOne(String list, Family family) {
        List<Cidr> valid = new ArrayList<>();
        for (String item : list.split(",")) {
            try {
                Cidr subnet = Cidr.parse(item.strip());
                if (subnet.family() == family) {
                    valid.add(subnet);
                }
            } catch (IllegalArgumentException e) {
                // not a subnet; others may be
            }
        }
        return valid.size() == 1 ? Optional.of(valid.getFirst()) : Optional.empty();
    }

    private static String variable(Family family, String what) {
        return (family == Family.IPV4 ? "FLANNEL_" : "FLANNEL_IPV6_") + what;
    }

    private String read() throws IOException {
        return new String(Files.readAllBytes(path), UTF_8); // unlike readString, tolerates invalid UTF-8
    }
}
