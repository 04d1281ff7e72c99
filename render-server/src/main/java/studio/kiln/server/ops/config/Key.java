package studio.kiln.server.ops.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that can be set for a server. A key of the file has a variable of the environment, by one rule: {@code KILN_},
 * then the key in capitals with '_' for '.' and '-'. A key that holds a password may be given as a file too, by the same key
 * with {@code -file} at its end.
 */
public enum Key {
    MODE("mode", new Kind.Word("offline", "studio")),
    HOME("home", new Kind.Folder()),

    BIND("bind", new Kind.Text("an address of this machine, such as 0.0.0.0")),
    PORT("port", new Kind.Number(0, 65_535)),
    HOSTS("hosts", new Kind.Words("names of this server, such as [kiln.example.org]")),
    PROXIES("proxies", new Kind.Words("addresses or ranges, such as [10.0.0.0/8]")),
    INSECURE_HTTP("insecure-http", new Kind.YesNo("1", "0")),
    TLS_CERT("tls.cert", new Kind.Folder()),
    TLS_KEY("tls.key", new Kind.Folder()),
    TLS_PKCS12("tls.pkcs12", new Kind.Folder()),
    TLS_PASSWORD("tls.password", new Kind.Secret()),

    DATABASE_URL("database.url", new Kind.Address("jdbc:mariadb://HOST:3306/NAME", "jdbc:mariadb", "jdbc:mysql")),
    DATABASE_USER("database.user", new Kind.Text("a name")),
    DATABASE_PASSWORD("database.password", new Kind.Secret()),

    BROKER_URL("broker.url", new Kind.SecretAddress("amqp://USER:PASSWORD@HOST:5672", "amqp", "amqps")),
    REDIS_URL("redis.url", new Kind.SecretAddress("redis://:PASSWORD@HOST:6379/0", "redis", "rediss")),
    PREFIX("prefix", new Kind.Text("up to 40 small letters, digits and hyphens")),

    STORE_KIND("store.kind", new Kind.Word("local", "s3", "webdav")),
    STORE_URL("store.url", new Kind.Address("https://HOST:PORT", "http", "https")),
    STORE_PUBLIC_URL("store.public-url", new Kind.Address("https://HOST:PORT", "http", "https")),
    STORE_BUCKET("store.bucket", new Kind.Text("the name of a bucket")),
    STORE_REGION("store.region", new Kind.Text("a region, as the store names it")),
    STORE_PREFIX("store.prefix", new Kind.Text("a folder, such as farm/")),
    STORE_VIRTUAL_HOSTS("store.virtual-hosts", new Kind.YesNo("true", "false")),
    STORE_USER("store.user", new Kind.Text("a name or an access key")),
    STORE_PASSWORD("store.password", new Kind.Secret()),

    RENDERS("renders", new Kind.YesNo("yes", "no")),
    SLOTS("slots", new Kind.Number(1, 64)),
    THREADS("threads", new Kind.Number(1, 1024)),
    BACKEND("backend", new Kind.Word("docker", "process")),
    BLENDER("blender", new Kind.Program()),
    SESSION_MEMORY("session-memory", new Kind.Size()),
    HANG_SECONDS("hang-seconds", new Kind.Number(1, 86_400)),
    OUTAGE_MINUTES("outage-minutes", new Kind.Number(1, 10_080)),
    PROOFS("proofs", new Kind.Folder()),
    SANDBOX_FOLDERS("sandbox-folders", new Kind.Text("folders, separated as in PATH")),

    LEASE_SECONDS("lease-seconds", new Kind.Number(2, 3600)),
    IDLE_MINUTES("idle-minutes", new Kind.Number(0, 525_600)),
    MOST_FILE_BYTES("most-file-bytes", new Kind.Number(0, Long.MAX_VALUE)),
    MOST_MODEL_BYTES("most-model-bytes", new Kind.Number(0, Long.MAX_VALUE)),

    LOG_FORMAT("log.format", new Kind.Word("text", "json"));

    /** What the name of a key ends with that names a file with the value. */
    static final String FILE = "-file";

    private final String path;
    private final Kind kind;

    Key(String path, Kind kind) {
        this.path = path;
        this.kind = kind;
    }

    /** The name in the file, such as {@code database.url}. */
    public String path() {
        return path;
    }

    /** The name in the environment, such as {@code KILN_DATABASE_URL}. */
    public String variable() {
        return variable(path);
    }

    /** Whether the value must never be shown. */
    public boolean isSecret() {
        return kind instanceof Kind.Secret || kind instanceof Kind.SecretAddress;
    }

    Kind kind() {
        return kind;
    }

    static String variable(String path) {
        return "KILN_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    static Optional<Key> of(String path) {
        return Stream.of(values()).filter(key -> key.path.equals(path)).findFirst();
    }

    /** Every name that a file may hold. */
    static List<String> paths() {
        return Stream.of(values())
                .flatMap(key -> key.isSecret() ? Stream.of(key.path, key.path + FILE) : Stream.of(key.path))
                .toList();
    }

    /** The names of groups of keys, such as {@code database}. */
    static List<String> groups() {
        return Stream.of(values())
                .map(Key::path)
                .filter(path -> path.contains("."))
                .map(path -> path.substring(0, path.indexOf('.')))
                .distinct()
                .toList();
    }
}
