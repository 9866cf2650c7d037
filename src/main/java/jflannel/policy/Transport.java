package jflannel.policy;

import java.util.Optional;

/// The protocols whose ports a policy can name.
public enum Transport {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Transport(int number) {
        this.number = number;
    }

    /// The protocol's number in an IP header.
    public int number() {
        return number;
    }

    public static Optional<Transport> ofNumber(int number) {
        for (Transport transport : values()) {
            if (transport.number == number) {
                return Optional.of(transport);
            }
        }
        return Optional.empty();
    }
}
