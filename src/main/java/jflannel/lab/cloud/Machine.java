package jflannel.lab.cloud;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A virtual machine of a cloud.
///
/// @param number from 1
/// @param mac of its interface
public record Machine(int number, String mac, Map<Family, Ip> addresses) {
    public Machine {
        addresses = Map.copyOf(addresses);
    }
}
