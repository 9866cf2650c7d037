package jflannel.cloud.aws;

import java.util.EnumMap;
import java.util.Map;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudProvider;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.CloudHttp;
import jflannel.ip.Family;
import jflannel.lease.BackendType;

/// Amazon's VPC route tables.
public final class AwsProvider implements CloudProvider {
    @Override
    public BackendType backend() {
        return BackendType.AWS_VPC;
    }

    @Override
    public CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        CloudHttp http = new CloudHttp();
        return open(wanted, http, new InstanceMetadata(http));
    }

    static CloudRoutes open(DesiredCloudRoutes wanted, CloudHttp http, InstanceMetadata metadata)
            throws CloudException, InterruptedException {
        try {
            Map<Family, NetworkInterface> interfaces = new EnumMap<>(Family.class);
            for (Map.Entry<Family, DesiredCloudRoutes.Place> place :
                    wanted.places().entrySet()) {
                interfaces.put(place.getKey(), metadata.networkInterface(place.getValue()));
            }
            return new AwsRoutes(wanted, interfaces, Ec2.of(http, wanted.endpoint()));
        } catch (CloudException | InterruptedException | RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
