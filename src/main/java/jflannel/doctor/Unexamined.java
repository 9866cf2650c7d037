package jflannel.doctor;

/// Something that could not be examined.
///
/// @param why as a sentence without its full stop; may quote others
public record Unexamined(String what, String why) {}
