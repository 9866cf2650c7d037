package jflannel.house.planted.ip;

import jflannel.house.planted.netlink.Mechanism;

/// Breaks a rule on purpose: a fact must not know a mechanism, not even an array of it.
public final class Fact {
    Mechanism[] mechanisms;
}
