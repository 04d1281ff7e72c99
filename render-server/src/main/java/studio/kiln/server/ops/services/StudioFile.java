package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A configuration by which a server runs with the services of a folder: {@code kiln.yaml} there. It holds no secret; each
 * lies in a file of its own beside the service's data, which nobody but its user may read.
 */
final class StudioFile {
    private final Path folder;
    private final ServicesFile services;

    private StudioFile(Path folder, ServicesFile services) {
        this.folder = folder;
        this.services = services;
    }

    static Path place(Path folder) {
        return folder.resolve("kiln.yaml");
    }

    /** Writes it anew, with the services that were ever started in the folder. */
    static void write(Path folder, ServicesFile services) throws IOException {
        StudioFile file = new StudioFile(folder, services);
        Path temporary = folder.resolve("kiln.yaml.tmp");
        PrivateFiles.write(temporary, file.text());
        Files.move(temporary, place(folder), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private String text() throws IOException {
        StringBuilder text = new StringBuilder();
        text.append("# A server with the services of this folder: kiln serve --config ")
                .append(place(folder))
                .append("\n# Written anew by each 'kiln services up'; copy it before you change it.\nmode: studio\n");
        // MySQL while it runs: whoever started it wants it in place of MariaDB.
        Endpoint mySql = at("mysql");
        String kind = mySql != null && mySql.running().isPresent() ? "mysql" : "mariadb";
        Endpoint database = at(kind);
        if (database != null) {
            text.append("database:\n  url: jdbc:%s://%s:%d/%s\n  user: %s\n  password-file: %s\n"
                    .formatted(
                            kind,
                            database.host(),
                            database.port(),
                            database.database(),
                            database.user(),
                            secret(kind, database.password())));
        }
        Endpoint broker = at("rabbitmq");
        if (broker != null) {
            text.append("broker:\n  url-file: " + secret("rabbitmq", address("amqp", broker.user(), broker)) + "\n");
        }
        Endpoint redis = at("redis");
        if (redis != null) {
            text.append("redis:\n  url-file: " + secret("redis", address("redis", "", redis)) + "\n");
        }
        Endpoint objects = at("s3");
        Endpoint files = at("webdav");
        if (objects != null) {
            text.append(store("s3", objects, objects.database()));
        } else if (files != null) {
            text.append(store("webdav", files, null));
        }
        return text.toString();
    }

    private @Nullable Endpoint at(String name) {
        return services.services().get(name);
    }

    private String store(String kind, Endpoint at, @Nullable String bucket) throws IOException {
        return "store:\n  kind: %s\n  url: http://%s:%d\n%s  user: %s\n  password-file: %s\n"
                .formatted(
                        kind,
                        at.host(),
                        at.port(),
                        bucket == null ? "" : "  bucket: " + bucket + "\n",
                        at.user(),
                        secret(kind, at.password()));
    }

    private static String address(String scheme, String user, Endpoint at) {
        return scheme + "://" + user + ":" + at.password() + "@" + at.host() + ":" + at.port();
    }

    /** Gives the name of the file, as it is seen from the folder. */
    private String secret(String service, String value) throws IOException {
        Path file = folder.resolve(service).resolve("secret");
        PrivateFiles.write(file, value + "\n");
        return service + "/secret";
    }
}
