package jflannel.ipsec;

import java.nio.file.Path;
import jflannel.lease.IpsecKeys;
import jflannel.lease.IpsecKeys.Auth;
import jflannel.lease.NetworkConfig;

/// How nodes prove who they are.
public sealed interface Credentials {
    static Credentials of(NetworkConfig config) {
        return config.option(IpsecKeys.AUTH) == Auth.PSK
                ? new SharedKey(config.option(IpsecKeys.PSK))
                : new Certificate(
                        Path.of(config.option(IpsecKeys.CERTIFICATE)),
                        Path.of(config.option(IpsecKeys.KEY)),
                        Path.of(config.option(IpsecKeys.AUTHORITY)));
    }

    /// charon's word for the kind.
    String kind();

    /// By a key that all nodes have.
    record SharedKey(String key) implements Credentials {
        @Override
        public String kind() {
            return "psk";
        }

        /// Without the key.
        @Override
        public String toString() {
            return "a shared key";
        }
    }

    /// By certificates of one authority, all in PEM.
    record Certificate(Path certificate, Path key, Path authority) implements Credentials {
        @Override
        public String kind() {
            return "pubkey";
        }
    }
}
