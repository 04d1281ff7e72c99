package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A program of the system that Kiln starts for studio mode, with data, settings and log in a folder of its own. */
sealed interface Service permits MariaDb, MySql, RabbitMq, Redis, S3Proxy, NginxWebDav {
    /** All of them, in the order in which they are started. */
    static List<Service> all() {
        return List.of(new MariaDb(), new MySql(), new RabbitMq(), new Redis(), new S3Proxy(), new NginxWebDav());
    }

    /** What a person calls it on the command line. */
    String name();

    /** The packages of Debian and its kin that hold it. */
    String packages();

    /** How a person gets its program. */
    default String advice() {
        return "install it with: sudo apt-get install " + packages();
    }

    /** Whether it is meant when no service is named. */
    default boolean isStandard() {
        return true;
    }

    /** Places of its program, the first of which that is there is used. */
    List<String> programs();

    /** Name of the database or virtual host that it is to have. */
    default @Nullable String database() {
        return null;
    }

    /** Writes its settings, and its first data when there are none; gives what starts it in the foreground. */
    ProcessBuilder prepare(String program, Path folder, Endpoint at) throws IOException, InterruptedException;

    /** Whether it answers in its own protocol; a port that is merely open is not enough. */
    boolean answers(Endpoint at) throws IOException;

    /** Ends what it left behind, after its process has ended. */
    default void afterwards(Path folder) throws IOException, InterruptedException {}

    default Optional<String> program() {
        return programs().stream().filter(p -> Files.isExecutable(Path.of(p))).findFirst();
    }
}
