package studio.kiln.core.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Which certificates of servers are believed, besides those that the Java runtime believes. */
public final class Trust {
    private Trust() {}

    /**
     * Has all connections of this process believe servers whose certificate is, or was signed by, one of a PEM file. Call it
     * before the first connection.
     *
     * @throws IOException when the file cannot be read or holds no certificate, in a sentence
     */
    public static void install(Path pem) throws IOException {
        try (InputStream in = Files.newInputStream(pem)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IOException("There is no certificate in " + pem + ".");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (X509Certificate usual : manager(null).getAcceptedIssuers()) {
                store.setCertificateEntry("usual " + store.size(), usual);
            }
            for (Certificate more : certificates) {
                store.setCertificateEntry("named " + store.size(), more);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {manager(store)}, null);
            SSLContext.setDefault(context);
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificates in " + pem + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static X509TrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("this Java runtime checks no certificates");
    }
}
