package jflannel.cloud.gce;

import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import java.io.IOException;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudProvider;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.CloudHttp;
import jflannel.lease.BackendType;

/// Routes of Google's VPC networks.
public final class GceProvider implements CloudProvider {
    @Override
    public BackendType backend() {
        return BackendType.GCE;
    }

    @Override
    public CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        return open(wanted, ComputeEngineCredentials.getMetadataServerUrl(), GceProvider::credentials);
    }

    /// Gives the credentials, or fails.
    interface Source {
        GoogleCredentials get() throws IOException;
    }

    private static GoogleCredentials credentials() throws IOException {
        return GoogleCredentials.getApplicationDefault();
    }

    static CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl, Source credentials)
            throws CloudException, InterruptedException {
        CloudHttp http = new CloudHttp();
        try {
            Instance instance =
                    new GceMetadata(http, metadataUrl).instance(wanted.places().values());
            return new GceRoutes(wanted, instance, new Compute(http, wanted.endpoint(), credentials.get()));
        } catch (IOException e) {
            http.close();
            throw new CloudException(
                    Fault.CREDENTIALS, "there are no credentials: neither a service account nor a file of keys", e);
        } catch (CloudException | InterruptedException | RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
