package studio.kiln.server.events;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.server.cache.RedisLink;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.queue.Signal;
import tools.jackson.core.JacksonException;

/** Fan-out by the publish and subscribe commands of Redis. What cannot be sent is dropped; listening begins anew by itself. */
public final class RedisFanOut implements FanOut {
    private static final Logger LOG = LoggerFactory.getLogger(RedisFanOut.class);
    private static final Duration PING = Duration.ofSeconds(3);
    private static final int SILENCE_MS = 10_000;
    private static final long PAUSE_MS = 1_000;
    private static final int MOST_WAITING = 1_000;

    private final RedisLink redis;
    private final String channel;
    private final String self = Ids.next();
    private final Signal signal = new Signal();
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closing = new CountDownLatch(1);
    private boolean wanted;
    private boolean numbered;
    private volatile @Nullable Listening listening;
    private volatile boolean open = true;

    /** @param redis closed by whoever made it */
    public RedisFanOut(RedisLink redis) {
        this.redis = redis;
        this.channel = redis.name("events");
    }

    private enum Kind {
        WANTED,
        NUMBERED,
        LIVE
    }

    /** @param from the server that said it */
    private record Message(
            String from,
            Kind kind,
            @Nullable String task,
            @Nullable ServerEvent event) {}

    @Override
    public void start(Receiver receiver) {
        threads.execute(this::say);
        threads.execute(() -> hear(receiver));
    }

    @Override
    public void wanted() {
        synchronized (waiting) {
            wanted = true;
        }
        signal.raise();
    }

    @Override
    public void numbered() {
        synchronized (waiting) {
            numbered = true;
        }
        signal.raise();
    }

    @Override
    public void live(ServerEvent event, String task) {
        synchronized (waiting) {
            if (waiting.size() == MOST_WAITING) {
                waiting.removeFirst();
            }
            waiting.addLast(new Message(self, Kind.LIVE, task, event));
        }
        signal.raise();
    }

    private List<Message> take() {
        List<Message> taken = new ArrayList<>();
        synchronized (waiting) {
            if (wanted) {
                taken.add(new Message(self, Kind.WANTED, null, null));
            }
            if (numbered) {
                taken.add(new Message(self, Kind.NUMBERED, null, null));
            }
            wanted = false;
            numbered = false;
            taken.addAll(waiting);
            waiting.clear();
        }
        return taken;
    }

    private void say() {
        try {
            long pinged = System.nanoTime();
            while (open) {
                long seen = signal.version();
                for (Message message : take()) {
                    publish(message);
                }
                if (System.nanoTime() - pinged > PING.toNanos()) {
                    pinged = System.nanoTime();
                    ping();
                }
                signal.await(seen, PING);
            }
        } catch (InterruptedException e) {
            LOG.debug("The fan-out was interrupted", e);
        }
    }

    private void publish(Message message) {
        try {
            String text = ApiJson.LENIENT.writeValueAsString(message);
            redis.ask(jedis -> jedis.publish(channel, text));
        } catch (JedisDataException e) {
            LOG.debug("Redis does not publish", e);
        }
    }

    /** So that the silence of a Redis that lives is never long. */
    private void ping() {
        Listening now = listening;
        try {
            if (now != null && now.isSubscribed()) {
                now.ping();
            }
        } catch (JedisException e) {
            LOG.debug("The subscription has ended", e);
        }
    }

    private void hear(Receiver receiver) {
        try {
            do {
                try (Jedis jedis = redis.listener(SILENCE_MS)) {
                    Listening mine = new Listening(receiver);
                    listening = mine;
                    jedis.subscribe(mine, channel);
                } catch (JedisException e) {
                    LOG.debug("Listening to other servers is interrupted", e);
                }
                listening = null;
            } while (!closing.await(PAUSE_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.debug("The fan-out was interrupted", e);
        }
    }

    private final class Listening extends JedisPubSub {
        private final Receiver receiver;

        Listening(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void onSubscribe(String name, int count) {
            if (!open) {
                unsubscribe();
            }
            // Something may have been said while nobody listened.
            receiver.numbered();
            receiver.wanted();
        }

        @Override
        public void onMessage(String name, String text) {
            Message message;
            try {
                message = ApiJson.LENIENT.readValue(text, Message.class);
            } catch (JacksonException e) {
                LOG.debug("Another version of Kiln says something", e);
                return;
            }
            if (self.equals(message.from)) {
                return;
            }
            switch (message.kind) {
                case WANTED -> receiver.wanted();
                case NUMBERED -> receiver.numbered();
                case LIVE -> {
                    if (message.event != null && message.task != null) {
                        receiver.live(message.event, message.task);
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        open = false;
        closing.countDown();
        signal.raise();
        Listening now = listening;
        try {
            if (now != null && now.isSubscribed()) {
                now.unsubscribe();
            }
        } catch (JedisException e) {
            LOG.debug("The subscription had ended before it was closed", e);
        }
        threads.shutdownNow();
    }
}
