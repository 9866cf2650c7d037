/// HTTP for all clouds: one client, proxies, and what an answer means. Part of the optional jar `jflannel-cloud`.
package jflannel.cloud.http;
