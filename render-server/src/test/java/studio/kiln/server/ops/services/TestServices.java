package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Real services for tests. They are started when a test first asks for one and shared by every class: in the folder that
 * {@code KILN_TEST_SERVICES} names (the launcher sets it, and stops them after its last tier), else in one of this
 * process, which stops them when it ends. A service that is not there makes the test fail.
 */
public final class TestServices {
    private static final Services SERVICES = open();

    private TestServices() {}

    /** MariaDB; the user may make further databases. */
    public static Endpoint mariadb() {
        return up("mariadb");
    }

    /** MySQL, in a container; the user may make further databases. */
    public static Endpoint mysql() {
        return up("mysql");
    }

    public static Endpoint rabbitmq() {
        return up("rabbitmq");
    }

    public static Endpoint redis() {
        return up("redis");
    }

    /** An S3 store with one bucket, {@code kiln}; user and password are the access key and its secret. */
    public static Endpoint s3() {
        return up("s3");
    }

    public static Endpoint webdav() {
        return up("webdav");
    }

    private static synchronized Endpoint up(String name) {
        try {
            SERVICES.up(List.of(name));
            return SERVICES.endpoint(name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while " + name + " was started", e);
        }
    }

    private static Services open() {
        String shared = System.getenv("KILN_TEST_SERVICES");
        if (shared != null && !shared.isEmpty()) {
            return new Services(Path.of(shared), line -> {});
        }
        try {
            Services own = new Services(Files.createTempDirectory("kiln-services"), line -> {});
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
                try {
                    own.down(List.of());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            return own;
        } catch (IOException e) {
            throw new AssertionError("No folder for services can be made", e);
        }
    }
}
