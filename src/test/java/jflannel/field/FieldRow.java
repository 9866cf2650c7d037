package jflannel.field;

/// A report from the field: what it is about, how things are set up, and what is expected then.
///
/// @param title a sentence, which names the test
/// @param config of the network, as JSON
record FieldRow(String title, String config, Step setUp, Step expectation) {
    /// The usual network.
    static final String VXLAN = config("\"Backend\":{\"Type\":\"vxlan\"}");

    /// Something done on a field.
    @FunctionalInterface
    interface Step {
        void take(Field field) throws Exception;

        default Step andThen(Step next) {
            return field -> {
                take(field);
                next.take(field);
            };
        }
    }

    /// A row with vxlan.
    static FieldRow of(String title, Step setUp, Step expectation) {
        return new FieldRow(title, VXLAN, setUp, expectation);
    }

    /// The network configuration of [Field#NETWORK].
    ///
    /// @param members further members of the JSON object
    static String config(String members) {
        return "{\"Network\":\"" + Field.NETWORK + "\"," + members + "}";
    }

    void play() throws Exception {
        try (Field field = Field.with(config)) {
            try {
                setUp.take(field);
                expectation.take(field);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(title + ": " + e.getMessage() + "\n" + field.logs(), e);
            }
        }
    }

    @Override
    public String toString() {
        return title;
    }
}
