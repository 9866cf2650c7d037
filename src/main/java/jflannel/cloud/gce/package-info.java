/// The backend `gce`: the calls to Google Compute Engine that it takes. Part of the optional jar `jflannel-cloud`.
package jflannel.cloud.gce;
