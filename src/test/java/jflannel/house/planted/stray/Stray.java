package jflannel.house.planted.stray;

/// Breaks a rule on purpose: nobody has given this package a place.
public final class Stray {}
