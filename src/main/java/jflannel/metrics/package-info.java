/// What Prometheus can read of flanneld: the names of all metrics, and how their values become a page.
package jflannel.metrics;
