package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Trust;
import studio.kiln.core.api.Unreachable;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.ServerConfig;

@Tag("contract")
class TlsTest {
    @TempDir
    Path folder;

    private static KeyPair keys(String algorithm) throws Exception {
        // whose EC keys name their curve inside too, as those of OpenSSL do
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, new BouncyCastleProvider());
        generator.initialize(algorithm.equals("EC") ? 256 : 2048);
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(KeyPair keys) throws Exception {
        X500Name name = new X500Name("CN=localhost");
        Instant now = Instant.now();
        return new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.valueOf(System.nanoTime()),
                                Date.from(now.minusSeconds(60)),
                                Date.from(now.plusSeconds(3600)),
                                name,
                                keys.getPublic())
                        .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                            new GeneralName(GeneralName.dNSName, "localhost"),
                            new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                        }))
                        .build(new JcaContentSignerBuilder(
                                        keys.getPublic().getAlgorithm().equals("EC")
                                                ? "SHA256withECDSA"
                                                : "SHA256withRSA")
                                .build(keys.getPrivate())));
    }

    private Path pem(String name, Object thing) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(thing);
        }
        return Files.writeString(folder.resolve(name), text.toString());
    }

    private void servesWith(Entrance.Tls tls, Certificate trusted) throws Exception {
        Entrance entrance = new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, tls);
        try (KilnServer server = KilnServer.start(ServerConfig.of(Map.of())
                        .withHome(folder.resolve("home"))
                        .withoutNode()
                        .withEntrance(entrance));
                HttpClient client =
                        HttpClient.newBuilder().sslContext(trusting(trusted)).build()) {
            URI base = server.address().base();
            assertThat(base.getScheme()).isEqualTo("https");
            HttpRequest request = HttpRequest.newBuilder(base.resolve("/api/server"))
                    .header("Authorization", "Bearer " + server.address().token())
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("\"mode\":\"studio\"");
            assertThatThrownBy(() -> HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(
                                                    URI.create(base.toString().replace("https", "http")))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    private static SSLContext trusting(Certificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("it", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void serves_with_a_certificate_and_key_in_pem_files(String algorithm) throws Exception {
        KeyPair keys = keys(algorithm);
        X509Certificate certificate = certificate(keys);
        // in the form of each algorithm's own ("BEGIN RSA PRIVATE KEY")
        servesWith(
                new Entrance.Tls.Pem(
                        pem("cert.pem", certificate), pem("key.pem", new JcaMiscPEMGenerator(keys.getPrivate())), null),
                certificate);
    }

    @Test
    void serves_with_a_key_that_is_encrypted() throws Exception {
        KeyPair keys = keys("EC");
        X509Certificate certificate = certificate(keys);
        Path key = pem(
                "key.pem",
                new JcaPKCS8Generator(
                        keys.getPrivate(),
                        new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                                .setProvider(new BouncyCastleProvider())
                                .setPassword("hush".toCharArray())
                                .build()));
        servesWith(new Entrance.Tls.Pem(pem("cert.pem", certificate), key, "hush"), certificate);
        assertThatThrownBy(
                        () -> servesWith(new Entrance.Tls.Pem(folder.resolve("cert.pem"), key, "wrong"), certificate))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("KILN_TLS_PASSWORD");
    }

    @Test
    void serves_with_a_pkcs12_file() throws Exception {
        KeyPair keys = keys("EC");
        X509Certificate certificate = certificate(keys);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("kiln", keys.getPrivate(), "hush".toCharArray(), new Certificate[] {certificate});
        Path file = folder.resolve("kiln.p12");
        try (var out = Files.newOutputStream(file)) {
            store.store(out, "hush".toCharArray());
        }
        servesWith(new Entrance.Tls.Pkcs12(file, "hush"), certificate);
    }

    @Test
    void the_client_believes_a_certificate_that_is_named_and_says_what_to_do_about_one_that_is_not() throws Exception {
        KeyPair keys = keys("EC");
        X509Certificate certificate = certificate(keys);
        Path pem = pem("cert.pem", certificate);
        Entrance.Tls tls = new Entrance.Tls.Pem(pem, pem("key.pem", new JcaMiscPEMGenerator(keys.getPrivate())), null);
        Entrance entrance = new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, tls);
        SSLContext before = SSLContext.getDefault();
        try (KilnServer server = KilnServer.start(ServerConfig.of(Map.of())
                .withHome(folder.resolve("home"))
                .withoutNode()
                .withEntrance(entrance))) {
            try (KilnClient stranger = new KilnClient(server.address())) {
                assertThatThrownBy(stranger::server)
                        .isInstanceOf(Unreachable.class)
                        .hasMessageContaining("KILN_CA");
            }
            Trust.install(pem);
            try (KilnClient friend = new KilnClient(server.address())) {
                assertThat(friend.server().mode()).isEqualTo("studio");
            }
        } finally {
            SSLContext.setDefault(before);
        }
        assertThatThrownBy(() -> Trust.install(folder.resolve("key.pem")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("key.pem");
    }

    @Test
    void a_key_of_another_kind_than_the_certificate_stops_the_start() throws Exception {
        X509Certificate certificate = certificate(keys("RSA"));
        Path key = pem("key.pem", new JcaMiscPEMGenerator(keys("EC").getPrivate()));
        assertThatThrownBy(() -> servesWith(new Entrance.Tls.Pem(pem("cert.pem", certificate), key, null), certificate))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not belong");
    }
}
