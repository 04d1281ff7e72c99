package studio.kiln.server.queue;

import java.net.URI;
import java.time.Duration;

/**
 * A RabbitMQ, and the names that one Kiln has on it.
 *
 * @param uri {@code amqp://USER:PASSWORD@HOST:PORT/VHOST}, or {@code amqps} for TLS
 * @param prefix of the names of queues and exchanges; servers of one studio have the same
 * @param lostAfter a job that was sent so long ago, and still waits although the broker's queue is empty, is sent again
 */
public record Broker(URI uri, String prefix, Duration lostAfter) {
    public Broker(URI uri, String prefix) {
        this(uri, prefix, Duration.ofSeconds(30));
    }

    /** Jobs that servers do. */
    String jobs() {
        return prefix + ".jobs";
    }

    /** Where the broker keeps what was given up. */
    String dead() {
        return prefix + ".jobs.dead";
    }

    /** What wakes nodes that wait for work. */
    String hints() {
        return prefix + ".hints";
    }

    /** Never shows the password. */
    @Override
    public String toString() {
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }
}
