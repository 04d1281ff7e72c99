package studio.kiln.server.queue;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.persistence.Ids;

/** Tries a broker with everything that Kiln does there, in a queue and an exchange of its own that it removes again. */
public final class BrokerProbe {
    private static final String WHAT = "broker";

    private BrokerProbe() {}

    /** Whether it can be used: its version, and the rights of the user. */
    public static Finding of(Broker broker) {
        String version = "";
        try (Connection connection = BrokerLink.factory(broker).newConnection("kiln doctor")) {
            version = String.valueOf(connection.getServerProperties().get("version"));
            if (isOld(version)) {
                return Finding.gap(WHAT, "RabbitMQ " + version + " is too old", "Kiln needs RabbitMQ 3.9 or newer");
            }
            use(connection, broker);
            return Finding.good(WHAT, "RabbitMQ " + version + " at " + broker + ", with all rights that Kiln needs");
        } catch (AuthenticationFailureException e) {
            return Finding.gap(
                    WHAT, broker + " refuses user and password", "set broker.url, or the file of broker.url-file");
        } catch (IOException | TimeoutException | RuntimeException e) {
            return Finding.gap(
                    WHAT,
                    broker + ": " + reason(e),
                    version.isEmpty()
                            ? "see that it runs, that broker.url is right, and that its user may use the virtual host"
                            : "as an administrator of the broker: rabbitmqctl set_permissions -p VHOST USER"
                                    + " '^(" + broker.prefix() + "|amq\\.gen).*' '.*' '^(" + broker.prefix()
                                    + "|amq\\.gen).*'");
        }
    }

    private static void use(Connection connection, Broker broker) throws IOException, TimeoutException {
        String name = broker.prefix() + ".doctor." + Ids.next();
        try (Channel channel = connection.createChannel()) {
            channel.queueDeclare(name, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.exchangeDeclare(name, BuiltinExchangeType.FANOUT, false, true, Map.of());
            channel.queueBind(name, name, "");
            channel.confirmSelect();
            channel.basicPublish(name, "", null, new byte[0]);
            channel.basicPublish("", name, null, new byte[0]);
            channel.waitForConfirmsOrDie(5_000);
            channel.basicGet(name, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            remove(connection, name);
        }
    }

    // On a channel of its own: the broker closes one on which something was refused.
    private static void remove(Connection connection, String name) throws IOException, TimeoutException {
        if (connection.isOpen()) {
            try (Channel channel = connection.createChannel()) {
                channel.queueDelete(name);
                channel.exchangeDelete(name);
            } catch (IOException e) {
                // What could not be made need not be removed; what was refused is said already.
                if (!(e.getCause() instanceof ShutdownSignalException)) {
                    throw e;
                }
            }
        }
    }

    static boolean isOld(String version) {
        String[] parts = version.split("\\.", 3);
        try {
            int major = Integer.parseInt(parts[0]);
            return major < 3 || (major == 3 && parts.length > 1 && Integer.parseInt(parts[1]) < 9);
        } catch (NumberFormatException e) {
            return false;
        }
    }

    // The broker's own words are in the last cause: which queue or host it refused, and to whom.
    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof ShutdownSignalException signal
                && signal.getReason() instanceof com.rabbitmq.client.AMQP.Channel.Close close) {
            return close.getReplyText();
        }
        if (root instanceof ShutdownSignalException signal
                && signal.getReason() instanceof com.rabbitmq.client.AMQP.Connection.Close close) {
            return close.getReplyText();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }
}
