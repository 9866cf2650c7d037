package jflannel.kernel;

/// A change in the kernel's network configuration that may concern this program. Its own changes are news too: a
/// [DesiredIndex] tells them from those of others.
public sealed interface KernelNews {
    /// What it is about. Of two news with equal subjects the later one makes the earlier one pointless.
    Object subject();

    /// One of this program's devices was created or changed.
    record DeviceChanged(Link link) implements KernelNews {
        @Override
        public Object subject() {
            return link.name();
        }
    }

    /// One of this program's devices was deleted or renamed.
    record DeviceGone(String name) implements KernelNews {
        @Override
        public Object subject() {
            return name;
        }
    }

    /// An object exists now, in place of any other with its key.
    record Present(KernelObject object) implements KernelNews {
        @Override
        public Object subject() {
            return object.key();
        }
    }

    /// An object was deleted, or changed into one that this program would not make.
    ///
    /// @param key its [KernelObject#key]
    record Absent(Object key) implements KernelNews {
        @Override
        public Object subject() {
            return key;
        }
    }

    /// A WireGuard device has a peer that it did not have, or had otherwise.
    record PeerSeen(WireguardState.Peer peer) implements KernelNews {
        @Override
        public Object subject() {
            return peer.settings().key();
        }
    }

    /// A peer of a WireGuard device does not answer where its packets go.
    ///
    /// @param heard the peer as it was when it last answered; null if it never did
    record PeerSilent(WireguardState.Peer peer, WireguardPeer heard) implements KernelNews {
        @Override
        public Object subject() {
            return peer.settings().key();
        }
    }

    /// An interface that leads to other nodes, one of its addresses, or a route that may lead to them changed.
    record UnderlayChanged() implements KernelNews {
        @Override
        public Object subject() {
            return UnderlayChanged.class;
        }
    }

    /// An interface that leads to other nodes came up. While it was down, the kernel dropped all routes by it.
    record UnderlayUp() implements KernelNews {
        @Override
        public Object subject() {
            return UnderlayUp.class;
        }
    }

    /// Keys of IPsec were deleted, by whomever.
    record KeysGone() implements KernelNews {
        @Override
        public Object subject() {
            return KeysGone.class;
        }
    }

    /// Somebody changed the chains, the rules or, if the [Interest] says so, the sets of an nftables table. iptables
    /// may live in such tables, too.
    record TableChanged(String name) implements KernelNews {
        @Override
        public Object subject() {
            return this;
        }
    }

    /// Notifications were missed, so anything may have changed.
    record Everything() implements KernelNews {
        @Override
        public Object subject() {
            return Everything.class;
        }
    }
}
