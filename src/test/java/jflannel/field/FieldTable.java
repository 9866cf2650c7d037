package jflannel.field;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A test that plays each [FieldRow] of the static method `rows()`, if it may make namespaces.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@MethodSource("rows")
@EnabledIfSystemProperty(named = "user.name", matches = "root", disabledReason = "needs root to make namespaces")
@interface FieldTable {}
