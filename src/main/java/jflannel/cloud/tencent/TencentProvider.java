package jflannel.cloud.tencent;

import java.util.Optional;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudProvider;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.InstanceMetadata;
import jflannel.ip.Family;
import jflannel.lease.BackendType;

/// Tencent's VPC route tables.
public final class TencentProvider implements CloudProvider {
    private static final String USUAL = "http://metadata.tencentyun.com";
    private static final InstanceMetadata.Dialect METADATA =
            new InstanceMetadata.Dialect("", "local-ipv4s/", "local-ipv6s/");

    @Override
    public BackendType backend() {
        return BackendType.TENCENT_VPC;
    }

    @Override
    public CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        return open(wanted, variable("TENCENTCLOUD_METADATA_ENDPOINT").orElse(USUAL));
    }

    private static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }

    static CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl) throws CloudException, InterruptedException {
        CloudHttp http = new CloudHttp();
        try {
            InstanceMetadata metadata = new InstanceMetadata(http, metadataUrl, METADATA);
            Place place = wanted.places().get(Family.IPV4);
            String folder = metadata.interfaceAt(place);
            Optional<String> region = variable("TENCENTCLOUD_REGION");
            TencentVpc vpc = new TencentVpc(
                    http,
                    wanted.endpoint(),
                    region.isPresent() ? region.get() : metadata.get("placement/region"),
                    new TencentKeys(wanted.network(), metadata));
            TencentRoutes.Home home = new TencentRoutes.Home(
                    metadata.get(folder + "vpc-id"),
                    metadata.get(folder + "subnet-id"),
                    place.address().toString());
            return new TencentRoutes(wanted, home, vpc);
        } catch (CloudException | InterruptedException | RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
