package studio.kiln.server.security;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.ops.Entrance;

/** Makes the server's side of TLS from files. */
public final class TlsContext {
    private static final BouncyCastleProvider READER = new BouncyCastleProvider();

    private TlsContext() {}

    /** @throws IOException when a file cannot be read or does not hold what it should, in a sentence */
    public static SSLContext of(Entrance.Tls tls) throws IOException {
        try {
            char[] password = switch (tls) {
                case Entrance.Tls.Pem pem -> new char[0];
                case Entrance.Tls.Pkcs12 pkcs12 -> pkcs12.password().toCharArray();
            };
            KeyStore store = switch (tls) {
                case Entrance.Tls.Pem pem -> read(pem);
                case Entrance.Tls.Pkcs12 pkcs12 -> read(pkcs12.file(), password);
            };
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate in " + tls + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static KeyStore read(Path file, char[] password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        } catch (IOException e) {
            throw new IOException(
                    "The certificate in " + file + " cannot be read (" + e.getMessage()
                            + "); check the path and KILN_TLS_PASSWORD.",
                    e);
        }
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                return store;
            }
        }
        throw new IOException("There is no private key in " + file + "; export the certificate with its key.");
    }

    private static KeyStore read(Entrance.Tls.Pem pem) throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> chain;
        try (InputStream in = Files.newInputStream(pem.certificate())) {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
        if (chain.isEmpty()) {
            throw new IOException("There is no certificate in " + pem.certificate() + ".");
        }
        PrivateKey key = key(pem.key(), pem.password());
        X509Certificate first = (X509Certificate) chain.iterator().next();
        if (!first.getPublicKey().getAlgorithm().equals(key.getAlgorithm())) {
            throw new IOException("The key in " + pem.key() + " does not belong to the first certificate in "
                    + pem.certificate() + "; put the server's own certificate first.");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("kiln", key, new char[0], chain.toArray(new Certificate[0]));
        return store;
    }

    private static PrivateKey key(Path file, @Nullable String password) throws IOException {
        char[] secret = password == null ? new char[0] : password.toCharArray();
        // names of curves and keys as the platform knows them, so no provider for the converter
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII);
                PEMParser parser = new PEMParser(reader)) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                switch (part) {
                    case PrivateKeyInfo plain -> {
                        return converter.getPrivateKey(plain);
                    }
                    case PEMKeyPair pair -> {
                        return converter.getPrivateKey(pair.getPrivateKeyInfo());
                    }
                    case PEMEncryptedKeyPair pair -> {
                        return converter.getPrivateKey(pair.decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                                        .setProvider(READER)
                                        .build(secret))
                                .getPrivateKeyInfo());
                    }
                    case PKCS8EncryptedPrivateKeyInfo sealed -> {
                        return converter.getPrivateKey(
                                sealed.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                                        .setProvider(READER)
                                        .build(secret)));
                    }
                    default -> {
                        // parameters of a curve, or a certificate in the same file
                    }
                }
            }
        } catch (PKCSException | OperatorCreationException | RuntimeException e) {
            throw new IOException(
                    "The key in " + file + " cannot be read: " + e.getMessage() + "; check KILN_TLS_PASSWORD.", e);
        }
        throw new IOException("There is no private key in " + file + ".");
    }
}
