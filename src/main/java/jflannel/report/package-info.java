/// What the daemon says about itself: log, health and metrics servers, status file, systemd.
package jflannel.report;
