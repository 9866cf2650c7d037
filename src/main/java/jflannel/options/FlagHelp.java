package jflannel.options;

/// What the help says of a flag.
///
/// @param group of flags that belong together
/// @param name with its dashes: `--etcd-prefix`, `-v`
/// @param label stands for its value; empty for a switch
/// @param meaning with its default
public record FlagHelp(String group, String name, String label, String meaning) {}
