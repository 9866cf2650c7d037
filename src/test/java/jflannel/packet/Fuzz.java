package jflannel.packet;

/// How long the random tests of this package run: a moment, or as long as the property `jflannel.fuzz.rounds` says.
/// `mvn test -Dtest='SegmentationTest,CoalescerTest' -DargLine='… -Djflannel.fuzz.rounds=1000000'`
final class Fuzz {
    public static final int ROUNDS = Integer.getInteger("jflannel.fuzz.rounds", 500);

    private Fuzz() {}
}
