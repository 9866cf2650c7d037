package jflannel.tool;

/// The form of a tool's output, as `-o` names it.
enum Form {
    /// For people.
    text,
    /// For programs.
    json
}
