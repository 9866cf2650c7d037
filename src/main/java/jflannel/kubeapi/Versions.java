package jflannel.kubeapi;

import java.math.BigInteger;

/// The order of the versions of objects of one kind. They are growing numbers: the API has promised that since
/// version 1.35, and always kept it. What is not a number is neither older nor newer.
public final class Versions {
    private Versions() {}

    /// True if the first version is older than the second.
    public static boolean isOlder(String one, String other) {
        return isNumber(one) && isNumber(other) && new BigInteger(one).compareTo(new BigInteger(other)) < 0;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
