package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;

class StoreFaultsTest {
    private static void is(StoreCheck.Fault fault, Throwable thrown) {
        assertThat(StoreFaults.of(new IOException("etcd at https://192.0.2.1:2379: …", thrown)))
                .isEqualTo(fault);
    }

    @Test
    void whatAClientThrowsTellsWhyTheStoreDoesNotAnswer() {
        is(StoreCheck.Fault.REFUSED, new ConnectException("Connection refused"));
        is(StoreCheck.Fault.SILENT, new ConnectException("connection timed out after 5000 ms"));
        is(StoreCheck.Fault.SILENT, new TimeoutException());
        is(StoreCheck.Fault.NAME, new UnknownHostException("etcd.example"));
        is(StoreCheck.Fault.TLS, new SSLException("Unsupported or unrecognized SSL message"));
        is(
                StoreCheck.Fault.CERTIFICATE,
                new SSLHandshakeException("(certificate_unknown) PKIX path building failed: unable to find…"));
        is(StoreCheck.Fault.CERTIFICATE, new SSLHandshakeException("x").initCause(new CertificateException("No name")));
        is(StoreCheck.Fault.CREDENTIALS, new SSLHandshakeException("Received fatal alert: certificate_required"));
        is(StoreCheck.Fault.CREDENTIALS, new ConfigException("--etcd-username", "root", "etcd rejects this user."));
        is(StoreCheck.Fault.OTHER, new IOException("etcdserver: mvcc: database space exceeded"));
    }
}
