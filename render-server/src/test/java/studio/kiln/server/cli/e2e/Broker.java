package studio.kiln.server.cli.e2e;

import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import studio.kiln.server.ops.services.Endpoint;

/** What tests do to the RabbitMQ of a {@link StudioFarm}. */
final class Broker {
    private static final String COPY = "kiln-test-copy";
    private static final String JOBS = "kiln.jobs";

    private final Endpoint at;
    private final Path folder;

    /** @param services the folder of the services */
    Broker(Path services, Endpoint at) {
        this.at = at;
        this.folder = services.resolve("rabbitmq");
    }

    /** Runs the broker's own tool. */
    void control(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet"));
        command.addAll(List.of(args));
        Path said = folder.resolve("control.log");
        ProcessBuilder start = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(said.toFile()));
        start.environment()
                .putAll(Map.of(
                        "HOME",
                        folder.toString(),
                        "RABBITMQ_NODENAME",
                        "kiln-" + at.port() + "@localhost",
                        "ERL_EPMD_PORT",
                        Files.readString(folder.resolve("ports")).strip().split(" ", -1)[1]));
        Process process = start.start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(command + ": " + Files.readString(said));
        }
    }

    private Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(at.host());
        factory.setPort(at.port());
        factory.setUsername(at.user());
        factory.setPassword(at.password());
        return factory.newConnection("kiln-test");
    }

    /** A channel that keeps a message without a word, as long as the broker lets it. */
    Channel neverAcknowledging() throws IOException, TimeoutException {
        Channel channel = connect().createChannel();
        String queue = channel.queueDeclare("kiln-test", true, false, false, Map.of("x-queue-type", "quorum"))
                .getQueue();
        channel.basicConsume(queue, false, (tag, message) -> {}, tag -> {});
        channel.basicPublish("", queue, null, new byte[0]);
        return channel;
    }

    /** From now on each message that anybody publishes is delivered three times, until this is closed. */
    Echo everyMessageThrice() throws IOException, InterruptedException, TimeoutException {
        control("trace_on");
        return new Echo();
    }

    /** Hears by the broker's own tracing of each message that is published, and publishes it twice more. */
    final class Echo implements AutoCloseable {
        private final Connection connection;
        private final Queue<String> copied = new ConcurrentLinkedQueue<>();

        private Echo() throws IOException, TimeoutException {
            connection = connect();
            Channel channel = connection.createChannel();
            String queue = channel.queueDeclare().getQueue();
            channel.queueBind(queue, "amq.rabbitmq.trace", "publish.#");
            channel.basicConsume(
                    queue,
                    true,
                    (tag, message) -> {
                        Map<String, Object> traced = message.getProperties().getHeaders();
                        Map<?, ?> properties = (Map<?, ?>) traced.get("properties");
                        if (properties.get("headers") instanceof Map<?, ?> headers && headers.containsKey(COPY)) {
                            return;
                        }
                        String exchange = traced.get("exchange_name").toString();
                        String key = ((List<?>) traced.get("routing_keys"))
                                .getFirst()
                                .toString();
                        AMQP.BasicProperties.Builder copy = new AMQP.BasicProperties.Builder()
                                .headers(Map.of(COPY, true))
                                .deliveryMode(2);
                        if (properties.get("message_id") != null) {
                            copy.messageId(properties.get("message_id").toString());
                        }
                        for (int i = 0; i < 2; i++) {
                            channel.basicPublish(exchange, key, copy.build(), message.getBody());
                        }
                        copied.add(exchange + "/" + key + ": " + new String(message.getBody(), StandardCharsets.UTF_8));
                    },
                    tag -> {});
        }

        /** Says as a server does that there is a job; returns when all servers have answered all three messages. */
        void job(String id) throws IOException, TimeoutException {
            String body = "{\"job\":\"" + id + "\"}";
            try (Channel channel = connection.createChannel()) {
                channel.basicPublish("", JOBS, null, body.getBytes(StandardCharsets.UTF_8));
                await().until(() -> copied.contains("/" + JOBS + ": " + body));
                await().until(() -> channel.messageCount(JOBS) == 0);
            }
        }

        /** What was published twice more: exchange, key and body. */
        List<String> copied() {
            return List.copyOf(copied);
        }

        @Override
        public void close() throws IOException, InterruptedException {
            connection.close();
            control("trace_off");
        }
    }
}
