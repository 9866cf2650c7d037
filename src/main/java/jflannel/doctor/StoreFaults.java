package jflannel.doctor;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import jflannel.etcd.EtcdException;
import jflannel.kubeapi.ApiException;
import jflannel.lease.ConfigException;

/// Tells why a store does not answer, by what its client throws.
final class StoreFaults {
    private StoreFaults() {}

    static StoreCheck.Fault of(Throwable thrown) {
        StoreCheck.Fault found = StoreCheck.Fault.OTHER;
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            StoreCheck.Fault here = one(each);
            if (here != StoreCheck.Fault.OTHER) {
                found = here;
            }
            if (here == StoreCheck.Fault.CERTIFICATE || here == StoreCheck.Fault.CREDENTIALS) {
                return here; // what is below explains it
            }
        }
        return found;
    }

    private static StoreCheck.Fault one(Throwable thrown) {
        String words = String.valueOf(thrown.getMessage());
        return switch (thrown) {
            case EtcdException e when e.isOfCredentials() -> StoreCheck.Fault.CREDENTIALS;
            case EtcdException e when e.isOfSilence() -> StoreCheck.Fault.SILENT;
            case ApiException e when e.isOfCredentials() -> StoreCheck.Fault.CREDENTIALS;
            case ConfigException _ when words.startsWith("--etcd-username") -> StoreCheck.Fault.CREDENTIALS;
            case CertificateException _ -> StoreCheck.Fault.CERTIFICATE;
            case CertPathBuilderException _ -> StoreCheck.Fault.CERTIFICATE;
            case SSLException _ ->
                words.contains("certificate_required") || words.contains("bad_certificate")
                        ? StoreCheck.Fault.CREDENTIALS
                        : words.contains("PKIX") ? StoreCheck.Fault.CERTIFICATE : StoreCheck.Fault.TLS;
            case UnknownHostException _ -> StoreCheck.Fault.NAME;
            case SocketTimeoutException _ -> StoreCheck.Fault.SILENT;
            case TimeoutException _ -> StoreCheck.Fault.SILENT;
            case ConnectException _ -> words.contains("timed out") ? StoreCheck.Fault.SILENT : StoreCheck.Fault.REFUSED;
            default -> byWords(words);
        };
    }

    /// For exceptions of types that only their libraries know.
    private static StoreCheck.Fault byWords(String words) {
        if (words.contains("unreachable") || words.contains("No route to host")) {
            return StoreCheck.Fault.SILENT;
        }
        return words.contains("does it want https?") || words.contains("TLS negotiation")
                ? StoreCheck.Fault.TLS
                : StoreCheck.Fault.OTHER;
    }
}
