package jflannel.metrics;

/// Something that has figures. Asked on a thread of the metrics server, once for each page; it must not block for long.
@FunctionalInterface
public interface Source {
    void read(Readings readings);
}
