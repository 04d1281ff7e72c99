package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What each node said last that it has, for as long as that is fresh. Safe for any number of threads. */
final class Heartbeats {
    /** What is older says nothing about now. */
    static final Duration FRESH = Duration.ofSeconds(20);

    private final Cache<String, Beat> latest =
            Caffeine.newBuilder().expireAfterWrite(FRESH).build();

    /** @param held attempts, of chunks and of jobs */
    record Beat(Instant at, Set<String> held) {}

    void said(String node, Collection<String> held) {
        latest.put(node, new Beat(Instant.now(), Set.copyOf(held)));
    }

    Optional<Beat> of(String node) {
        return Optional.ofNullable(latest.getIfPresent(node));
    }

    /** By node. */
    Map<String, Beat> all() {
        return Map.copyOf(latest.asMap());
    }
}
