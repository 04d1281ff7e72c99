package studio.kiln.server.cache;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The connections to a Redis that may be away at any time. A command never takes longer than a fraction of a second, and
 * while Redis does not answer it is not even tried. Safe for any number of threads.
 */
public final class RedisLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final int ANSWER_MS = 250;
    private static final int MOST_CONNECTIONS = 32;

    private final Redis redis;
    private final RedisClient client;
    private final Breaker breaker = new Breaker(System::nanoTime);
    private volatile @Nullable String failure;

    /** Connects when it is first asked. */
    public RedisLink(Redis redis) {
        this.redis = redis;
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(MOST_CONNECTIONS);
        pool.setMaxIdle(MOST_CONNECTIONS);
        pool.setMaxWait(Duration.ofMillis(ANSWER_MS));
        this.client = RedisClient.builder()
                .hostAndPort(JedisURIHelper.getHostAndPort(redis.uri()))
                .clientConfig(config(ANSWER_MS))
                .poolConfig(pool)
                .build();
    }

    private DefaultJedisClientConfig config(int blockingMs) {
        // The library alone would take a certificate of any name.
        SSLParameters tls = new SSLParameters();
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        return DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis(ANSWER_MS)
                .socketTimeoutMillis(ANSWER_MS)
                .blockingSocketTimeoutMillis(blockingMs)
                .user(JedisURIHelper.getUser(redis.uri()))
                .password(JedisURIHelper.getPassword(redis.uri()))
                .database(JedisURIHelper.getDBIndex(redis.uri()))
                .ssl(JedisURIHelper.isRedisSSLScheme(redis.uri()))
                .sslParameters(tls)
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .resp2()
                .build();
    }

    /** A key or channel of this Kiln. */
    public String name(String rest) {
        return redis.prefix() + ':' + rest;
    }

    /**
     * Gives Redis's answer; empty when it has none, does not answer, or is not asked as it did not answer just before.
     *
     * @throws JedisDataException when Redis refuses the command, as it does when its memory is full
     */
    public <T> Optional<T> ask(Function<RedisClient, @Nullable T> command) {
        if (!breaker.mayTry()) {
            return Optional.empty();
        }
        try {
            T answer = command.apply(client);
            breaker.succeeded();
            if (failure != null) {
                failure = null;
                LOG.info("Redis at {} answers again", redis);
            }
            return Optional.ofNullable(answer);
        } catch (JedisDataException e) {
            // It did answer.
            breaker.succeeded();
            throw e;
        } catch (JedisException e) {
            String said = sentence(e);
            if (breaker.failed()) {
                LOG.warn("{}", said);
            }
            failure = said;
            // What else is in the pool is most likely as dead as this one.
            client.getPool().clear();
            return Optional.empty();
        }
    }

    /** A connection to listen on, whose silence for longer than {@code silenceMs} is an exception. */
    public Jedis listener(int silenceMs) {
        return new Jedis(JedisURIHelper.getHostAndPort(redis.uri()), config(silenceMs));
    }

    /** What is wrong, in a sentence; empty when nothing is. Asks, which takes a fraction of a second at most. */
    public Optional<String> problem() {
        try {
            ask(RedisClient::ping);
        } catch (JedisDataException e) {
            return Optional.of(sentence(e));
        }
        return Optional.ofNullable(failure);
    }

    /** Says in the log which settings of Redis do not fit; asked once, at start. */
    public void checkSettings() {
        try {
            ask(jedis -> jedis.configGet("maxmemory*")).ifPresent(settings -> {
                String policy = settings.getOrDefault("maxmemory-policy", "");
                if (!settings.getOrDefault("maxmemory", "0").equals("0") && policy.equals("noeviction")) {
                    LOG.warn(
                            "Redis at {} refuses writes when its memory is full (maxmemory-policy noeviction); Kiln then"
                                    + " reads from the database. Set it to allkeys-lru.",
                            redis);
                }
            });
        } catch (JedisDataException e) {
            LOG.debug("Redis does not tell its settings", e);
        }
    }

    private String sentence(JedisException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        return "Redis at " + redis + " does not serve this server (" + why
                + "); statuses are read from the database and events arrive up to 2 s later. See that it runs, and that"
                + " address and password are right.";
    }

    @Override
    public void close() {
        client.close();
    }
}
