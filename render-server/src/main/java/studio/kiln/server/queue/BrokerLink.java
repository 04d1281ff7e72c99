package studio.kiln.server.queue;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiJson;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.JobRow;

/**
 * One connection to RabbitMQ, from its opening to its end; afterwards another is opened. Publishing is for one thread.
 *
 * <p>Source: AMQP 0-9-1, and RabbitMQ's guides on quorum queues, publisher confirms and dead lettering.
 */
final class BrokerLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerLink.class);
    private static final int CONNECT_MS = 3_000;
    private static final int HANDSHAKE_MS = 5_000;
    private static final int ANSWER_MS = 10_000;
    private static final int HEARTBEAT_S = 10;
    private static final int GOODBYE_MS = 2_000;
    private static final int LAST_JOBS_S = 30;
    /** Jobs that this server does at a time; each has a channel of its own, with nothing fetched ahead. */
    private static final int AT_A_TIME = 2;
    /** What the broker keeps of what was given up; the database has all of it. */
    private static final int MOST_DEAD = 10_000;
    /** A server that is stuck shall not have the broker pile up hints. */
    private static final int MOST_HINTS = 1_000;

    private final Broker broker;
    private final String self = Ids.next();
    private final Connection connection;
    private final List<Channel> channels = new ArrayList<>();
    private final List<Doing> takers = new ArrayList<>();
    private final Semaphore free = new Semaphore(AT_A_TIME);
    private volatile boolean open = true;
    private volatile @Nullable String gone;
    private volatile @Nullable String blocked;

    private BrokerLink(Broker broker, Connection connection) {
        this.broker = broker;
        this.connection = connection;
    }

    /**
     * Connects, makes the queues where they are missing, and begins to take jobs and hints.
     *
     * @param workers do the jobs; they outlive the link, which still has things to say when it has ended
     * @param ended is raised when the connection has ended
     * @param remake a queue that is to be removed first, or null
     * @throws StuckQueue when the broker is there, and does not answer about a queue
     */
    static BrokerLink open(
            Broker broker,
            ExecutorService workers,
            JobRunner runner,
            Runnable hinted,
            Signal ended,
            @Nullable String remake)
            throws IOException, TimeoutException {
        BrokerLink link = new BrokerLink(broker, factory(broker).newConnection(workers, "kiln"));
        try {
            link.begin(runner, hinted, ended, remake);
            return link;
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    static ConnectionFactory factory(Broker broker) throws IOException {
        ConnectionFactory factory = new ConnectionFactory();
        try {
            factory.setUri(broker.uri());
            if ("/".equals(broker.uri().getPath())) {
                // People end addresses with a slash; nobody means the virtual host without a name.
                factory.setVirtualHost(ConnectionFactory.DEFAULT_VHOST);
            }
            if (factory.isSSL()) {
                // The library alone would believe every certificate.
                factory.useSslProtocol(SSLContext.getDefault());
                factory.enableHostnameVerification();
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("The address of the broker cannot be used: " + e.getMessage(), e);
        }
        // What has to happen again after a break is this class's business, in one place.
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout(CONNECT_MS);
        factory.setHandshakeTimeout(HANDSHAKE_MS);
        factory.setChannelRpcTimeout(ANSWER_MS);
        factory.setRequestedHeartbeat(HEARTBEAT_S);
        factory.setThreadFactory(
                Thread.ofPlatform().daemon().name("kiln-broker-", 0).factory());
        return factory;
    }

    private void begin(JobRunner runner, Runnable hinted, Signal ended, @Nullable String remake) throws IOException {
        connection.addShutdownListener(cause -> ended.raise());
        connection.addBlockedListener(reason -> blocked = reason, () -> blocked = null);
        Channel publishing = channel(ended);
        if (remake != null) {
            publishing.queueDelete(remake);
        }
        declare(publishing, broker.dead(), Map.of("x-queue-type", "quorum", "x-max-length", MOST_DEAD));
        declare(
                publishing,
                broker.jobs(),
                Map.of(
                        "x-queue-type",
                        "quorum",
                        "x-dead-letter-exchange",
                        "",
                        "x-dead-letter-routing-key",
                        broker.dead()));
        publishing.exchangeDeclare(broker.hints(), BuiltinExchangeType.FANOUT, false);
        publishing.confirmSelect();
        publishing.addReturnListener((code, text, exchange, key, properties, body) -> gone = key);
        Channel hearing = channel(ended);
        String mine = hearing.queueDeclare("", false, true, true, Map.of("x-max-length", MOST_HINTS))
                .getQueue();
        hearing.queueBind(mine, broker.hints(), "");
        hearing.basicConsume(mine, true, new DefaultConsumer(hearing) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                if (!self.equals(properties.getAppId())) {
                    hinted.run();
                }
            }
        });
        for (int i = 0; i < AT_A_TIME; i++) {
            Channel doing = channel(ended);
            doing.basicQos(1);
            Doing taker = new Doing(doing, runner, ended);
            try {
                doing.basicConsume(broker.jobs(), false, taker);
            } catch (ChannelContinuationTimeoutException e) {
                throw new StuckQueue(broker.jobs());
            }
            takers.add(taker);
        }
    }

    private static void declare(Channel channel, String queue, Map<String, Object> arguments) throws IOException {
        try {
            channel.queueDeclare(queue, true, false, false, arguments);
        } catch (ChannelContinuationTimeoutException e) {
            throw new StuckQueue(queue);
        }
    }

    /** The broker says nothing about a queue that it has. */
    static final class StuckQueue extends IOException {
        private static final long serialVersionUID = 1;

        private final String queue;

        StuckQueue(String queue) {
            super("it does not answer about its queue " + queue);
            this.queue = queue;
        }

        String queue() {
            return queue;
        }
    }

    private Channel channel(Signal ended) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the broker allows no more channels");
        }
        channel.addShutdownListener(cause -> ended.raise());
        channels.add(channel);
        return channel;
    }

    /** @throws IOException with the reason, when the connection, one of its channels or a queue has ended */
    void check() throws IOException {
        String queue = gone;
        if (queue != null) {
            throw new IOException("its queue " + queue + " was removed");
        }
        ShutdownSignalException why = connection.getCloseReason();
        for (Channel channel : channels) {
            why = why == null ? channel.getCloseReason() : why;
        }
        if (why != null) {
            throw new IOException("the connection ended: " + why.getMessage(), why);
        }
    }

    /** Sends jobs and returns when the broker has all of them on disk, on most of its nodes. */
    void publish(List<JobRow> jobs) throws IOException, InterruptedException {
        Channel channel = channels.getFirst();
        try {
            for (JobRow job : jobs) {
                AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                        .messageId(job.id)
                        .type(job.kind.name())
                        .contentType("application/json")
                        .deliveryMode(2)
                        .build();
                byte[] body = ApiJson.LENIENT
                        .writeValueAsString(Map.of("job", job.id))
                        .getBytes(StandardCharsets.UTF_8);
                channel.basicPublish("", broker.jobs(), true, properties, body);
            }
            if (!channel.waitForConfirms(ANSWER_MS)) {
                throw new IOException("the broker refused a job");
            }
        } catch (TimeoutException e) {
            String why = blocked;
            throw new IOException(
                    why == null
                            ? "it has not confirmed a job within " + ANSWER_MS / 1_000 + " s"
                            : "it takes nothing: " + why);
        } catch (ShutdownSignalException e) {
            throw new IOException("the connection ended: " + e.getMessage(), e);
        }
        check();
    }

    /** Tells the other servers; nobody waits for it and nothing keeps it. */
    void hint(String pool) throws IOException {
        try {
            channels.getFirst()
                    .basicPublish(
                            broker.hints(),
                            "",
                            new AMQP.BasicProperties.Builder()
                                    .appId(self)
                                    .deliveryMode(1)
                                    .build(),
                            pool.getBytes(StandardCharsets.UTF_8));
        } catch (ShutdownSignalException e) {
            throw new IOException("the connection ended: " + e.getMessage(), e);
        }
    }

    /** Whether no job waits in the broker; those that a server has in hand do not count. */
    boolean isEmpty() throws IOException {
        try {
            return channels.getFirst().messageCount(broker.jobs()) == 0;
        } catch (ShutdownSignalException e) {
            throw new IOException("the connection ended: " + e.getMessage(), e);
        }
    }

    /** Takes no more jobs, lets those under way end while the connection lives, and ends it. */
    @Override
    public void close() {
        open = false;
        try {
            for (Doing doing : takers) {
                doing.getChannel().basicCancel(doing.getConsumerTag());
            }
            if (connection.isOpen() && !free.tryAcquire(AT_A_TIME, LAST_JOBS_S, TimeUnit.SECONDS)) {
                LOG.warn("A job goes on although its message goes back to the broker");
            }
        } catch (IOException | ShutdownSignalException e) {
            LOG.debug("The connection had ended before it was closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connection.abort(GOODBYE_MS);
    }

    /** Does one job at a time, and says so to the broker afterwards. Jobs of servers are short; renders never come here. */
    private final class Doing extends DefaultConsumer {
        private final JobRunner runner;
        private final Signal ended;

        Doing(Channel channel, JobRunner runner, Signal ended) {
            super(channel);
            this.runner = runner;
            this.ended = ended;
        }

        /** The queue was removed; without this, jobs would wait for ever on a connection that seems well. */
        @Override
        public void handleCancel(String tag) {
            gone = broker.jobs();
            ended.raise();
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            free.acquireUninterruptibly();
            try {
                take(envelope, properties.getMessageId());
            } finally {
                free.release();
            }
        }

        private void take(Envelope envelope, @Nullable String id) throws IOException {
            JobRunner.Outcome outcome = JobRunner.Outcome.LEFT;
            if (id == null) {
                LOG.warn("A message in the queue {} is no job and is thrown away", broker.jobs());
            } else {
                JobRunner.@Nullable Outcome done = untilDatabaseAnswers(id);
                if (done == null) {
                    return;
                }
                outcome = done;
            }
            try {
                if (outcome == JobRunner.Outcome.DEAD) {
                    getChannel().basicReject(envelope.getDeliveryTag(), false);
                } else {
                    getChannel().basicAck(envelope.getDeliveryTag(), false);
                }
            } catch (ShutdownSignalException e) {
                LOG.debug("Job {} comes again, as the connection ended; it is known to be done", id);
            }
        }

        /** Null when the link is closed before the database answers: the message goes back. */
        private JobRunner.@Nullable Outcome untilDatabaseAnswers(String id) {
            while (open && getChannel().isOpen()) {
                try {
                    return runner.run(id);
                } catch (RuntimeException e) {
                    LOG.warn("Job {} waits, as the database does not answer: {}", id, e.toString());
                    try {
                        TimeUnit.SECONDS.sleep(1);
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                        return null;
                    }
                }
            }
            return null;
        }
    }
}
