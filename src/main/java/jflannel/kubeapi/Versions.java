package jflannel.kubeapi;

import java.math.BigInteger;

/// The order of the versions of objects of one kind. They are numbers that grow, as the API promises since version 1.35
/// and has kept before; what is no number is neither older nor newer.
public final class Versions {
    private Versions() {}

    /// True if the first version is of an earlier time than the second.
    public static boolean isOlder(String one, String other) {
        return isNumber(one) && isNumber(other) && new BigInteger(one).compareTo(new BigInteger(other)) < 0;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
