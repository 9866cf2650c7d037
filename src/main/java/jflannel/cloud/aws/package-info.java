/// The backend `aws-vpc`: the calls to Amazon EC2 that it takes. Part of the optional jar `jflannel-cloud`.
package jflannel.cloud.aws;
