package jflannel.policy;

import java.util.Set;

/// Where policies, and what they select, are listed and watched.
public interface PolicySource {
    /// A watch that goes on until it is closed.
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /// Fills the inventory, and keeps it up to date until it is closed. Returns at once.
    Watch start(Inventory inventory);

    /// The kinds of policies that there may be.
    Set<PolicyKind> kinds();

    /// True if policies select nodes' subnets, because single containers are not known.
    boolean selectsSubnets();
}
