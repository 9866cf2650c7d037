package jflannel.kernel;

import jflannel.netlink.MessageWriter;

/// A device that drops what is sent by it. IPsec encrypts packets before they get there, and what it does not encrypt
/// goes nowhere.
public record Dummy() implements LinkKind {
    static final String DRIVER = "dummy";

    @Override
    public String driver() {
        return DRIVER;
    }

    @Override
    public void encode(MessageWriter out) {}

    @Override
    public boolean isSatisfiedBy(LinkKind there) {
        return there instanceof Dummy;
    }

    @Override
    public String words(DeviceNames names) {
        return "a device that drops packets";
    }
}
