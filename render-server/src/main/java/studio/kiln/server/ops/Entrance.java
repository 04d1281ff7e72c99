package studio.kiln.server.ops;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one gets into a server.
 *
 * @param accounts whether people have accounts; without, only the user of this machine gets in, over the loopback
 * @param bind address to listen on
 * @param hosts names by which people call the server
 * @param proxies addresses and ranges whose word on where a request came from is taken
 * @param insecureHttp whether accounts may be used beyond the loopback without encryption
 * @param newAdmin whether to print a token that makes another administrator
 * @param tls null for plain HTTP
 */
public record Entrance(
        boolean accounts,
        String bind,
        List<String> hosts,
        List<String> proxies,
        boolean insecureHttp,
        boolean newAdmin,
        @Nullable Tls tls) {
    private static final String LOOPBACK = "127.0.0.1";

    /** The local user alone. */
    public static final Entrance LOCAL = new Entrance(false, LOOPBACK, List.of(), List.of(), false, false, null);

    public Entrance {
        hosts = List.copyOf(hosts);
        proxies = List.copyOf(proxies);
        if (!accounts && !bind.equals(LOOPBACK)) {
            throw new IllegalArgumentException("Without accounts only the loopback is listened to, not '" + bind
                    + "'; set KILN_MODE=studio, or leave KILN_BIND away.");
        }
        if (accounts && tls == null && !insecureHttp && !isLoopback(bind)) {
            throw new IllegalArgumentException("Passwords would cross the network unencrypted: name a certificate"
                    + " (KILN_TLS_CERT and KILN_TLS_KEY, or KILN_TLS_PKCS12), listen on 127.0.0.1 behind a proxy that"
                    + " has one, or say --insecure-http if this network is safe.");
        }
    }

    /** Where a certificate and its key are. */
    public sealed interface Tls {
        /**
         * @param certificate the server's first, then those that signed it
         * @param password of the key, or null when it is not encrypted
         */
        record Pem(Path certificate, Path key, @Nullable String password) implements Tls {
            /** Never shows the password. */
            @Override
            public String toString() {
                return certificate.toString();
            }
        }

        record Pkcs12(Path file, String password) implements Tls {
            /** Never shows the password. */
            @Override
            public String toString() {
                return file.toString();
            }
        }
    }

    /**
     * Reads {@code KILN_MODE} ({@code offline} or {@code studio}), {@code KILN_BIND}, {@code KILN_HOSTS}, {@code KILN_PROXIES},
     * {@code KILN_INSECURE_HTTP}, {@code KILN_TLS_CERT}, {@code KILN_TLS_KEY}, {@code KILN_TLS_PKCS12}, {@code KILN_TLS_PASSWORD}
     * and {@code KILN_TLS_PASSWORD_FILE}.
     *
     * @throws IllegalArgumentException with the name of one that cannot be used
     */
    public static Entrance of(Map<String, String> environment) {
        String mode = value(environment, "KILN_MODE").orElse("offline");
        if (!mode.equals("offline") && !mode.equals("studio")) {
            throw new IllegalArgumentException("KILN_MODE is 'offline' or 'studio', not '" + mode + "'.");
        }
        return new Entrance(
                mode.equals("studio"),
                value(environment, "KILN_BIND").orElse(LOOPBACK),
                list(environment, "KILN_HOSTS"),
                list(environment, "KILN_PROXIES"),
                value(environment, "KILN_INSECURE_HTTP").filter("1"::equals).isPresent(),
                false,
                tls(environment));
    }

    private static @Nullable Tls tls(Map<String, String> environment) {
        Optional<Path> certificate = value(environment, "KILN_TLS_CERT").map(Path::of);
        Optional<Path> key = value(environment, "KILN_TLS_KEY").map(Path::of);
        Optional<Path> pkcs12 = value(environment, "KILN_TLS_PKCS12").map(Path::of);
        if (pkcs12.isPresent() && certificate.isPresent()) {
            throw new IllegalArgumentException("Name the certificate once: KILN_TLS_PKCS12 or KILN_TLS_CERT.");
        }
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException("KILN_TLS_CERT and KILN_TLS_KEY go together; one of them is missing.");
        }
        String password = password(environment);
        if (pkcs12.isPresent()) {
            return new Tls.Pkcs12(pkcs12.get(), password == null ? "" : password);
        }
        return certificate.isPresent() ? new Tls.Pem(certificate.get(), key.get(), password) : null;
    }

    private static @Nullable String password(Map<String, String> environment) {
        Optional<String> file = value(environment, "KILN_TLS_PASSWORD_FILE");
        if (file.isEmpty()) {
            return environment.get("KILN_TLS_PASSWORD");
        }
        try {
            return Files.readString(Path.of(file.get())).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "KILN_TLS_PASSWORD_FILE names '" + file.get() + "', which cannot be read: " + e.getMessage(), e);
        }
    }

    public Entrance withNewAdmin() {
        return new Entrance(accounts, bind, hosts, proxies, insecureHttp, true, tls);
    }

    /** The name of the mode, as the API says it. */
    public String mode() {
        return accounts ? "studio" : "offline";
    }

    /** @throws IllegalArgumentException when it names no address of a machine */
    static boolean isLoopback(String bind) {
        try {
            return InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "KILN_BIND is an address of this machine, such as 0.0.0.0, not '" + bind + "'.", e);
        }
    }

    private static List<String> list(Map<String, String> environment, String name) {
        return value(environment, name).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }
}
