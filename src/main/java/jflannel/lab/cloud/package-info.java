/// Stands in for clouds: their metadata services and as much of their APIs as route tables need, with state,
/// signatures, pages, limits and faults. What their tables say can be programmed into the lab's router, so that
/// packets go by it.
package jflannel.lab.cloud;
