package jflannel.doctor;

import java.time.Duration;
import java.util.Optional;

/// What the store says besides the leases.
///
/// @param fault why it does not answer; [Fault#NONE] if it does
/// @param words of the client; may quote the server
/// @param host of the store, for commands
/// @param port likewise
/// @param configKey the key, or the file, of the network configuration
/// @param config whether it is there, and can be used
/// @param similarKey another key that looks like it; empty if there is none
/// @param old the configuration in etcd's API version 2; empty if none was found
/// @param ahead how far this host's clock is ahead of the store's, negative if behind; empty if unknown
public record StoreCheck(
        Fault fault,
        String words,
        String host,
        int port,
        String configKey,
        Config config,
        Optional<String> similarKey,
        Optional<String> old,
        Optional<Duration> ahead) {
    /// What keeps the client from an answer.
    public enum Fault {
        NONE,
        /// flanneld does not run, and no flag says where its store is.
        UNKNOWN,
        /// Nobody listens there.
        REFUSED,
        /// Nobody answers in time.
        SILENT,
        /// The server's name has no address.
        NAME,
        /// One side talks TLS and the other does not, or they find no common version.
        TLS,
        /// The server's certificate is from an authority that this host does not trust, or for another name.
        CERTIFICATE,
        /// The server does not accept this client.
        CREDENTIALS,
        /// Anything else.
        OTHER
    }

    /// The network configuration in a store that answers.
    public enum Config {
        FINE,
        MISSING,
        INVALID
    }
}
