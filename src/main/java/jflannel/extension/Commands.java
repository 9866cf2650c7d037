package jflannel.extension;

import java.time.Duration;
import jflannel.lease.BackendType;
import jflannel.lease.ExtensionKeys;
import jflannel.lease.NetworkConfig;

/// What the network configuration says about the backend `extension`.
///
/// @param limit how long each of them may take
public record Commands(String postStartup, String add, String remove, Duration limit) {
    static final Commands NONE = new Commands("", "", "", Duration.ofSeconds(30));

    /// None for a network with another backend.
    static Commands of(NetworkConfig config) {
        if (config.type() != BackendType.EXTENSION) {
            return NONE;
        }
        return new Commands(
                config.option(ExtensionKeys.POST_STARTUP),
                config.option(ExtensionKeys.SUBNET_ADD),
                config.option(ExtensionKeys.SUBNET_REMOVE),
                Duration.ofSeconds(config.option(ExtensionKeys.TIMEOUT)));
    }
}
